import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatUrl, hang, jsonAnswer, question, turn } from '../test/bench.ts';
import { journeyOf, pipeline, refusalOf, type Call, type Fetch, type Middleware } from './index.ts';

/** Notes the calls that come past. */
const spy = (calls: Call[]): Middleware => ({
  name: 'spy',
  layer: 'audit',
  handle: (call, next) => {
    calls.push(call);
    return next(call);
  },
});

describe('an abort', () => {
  const reasons: [string, unknown][] = [
    ['an error', new Error('enough')],
    ['a text', 'enough'],
    ['null', null],
    ['no reason', undefined],
  ];

  it.each(reasons)('with %s before the call sends nothing and throws just that', async (_name, reason) => {
    const upstream = cannedFetch();
    const signal = AbortSignal.abort(reason);
    await expect(bench(upstream).post({ signal })).rejects.toBe(signal.reason);
    expect(upstream.calls).toHaveLength(0);
  });

  it.each(reasons)('with %s while the headers are awaited throws just that', async (_name, reason) => {
    const controller = new AbortController();
    const pending = bench(cannedFetch(hang)).post({ signal: controller.signal });
    await turn();
    controller.abort(reason);
    await expect(pending).rejects.toBe(controller.signal.reason);
  });

  it('wins over whatever else happened in the same moment', async () => {
    for (const answer of [
      () => jsonAnswer(),
      () => new TypeError('fetch failed'),
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    ]) {
      const controller = new AbortController();
      const { post } = bench(
        cannedFetch(() => {
          controller.abort('enough');
          return answer();
        }),
      );
      await expect(post({ signal: controller.signal })).rejects.toBe('enough');
    }
  });

  it('is the abort of the user to the client', async () => {
    const controller = new AbortController();
    const { client } = bench(cannedFetch(hang));
    const pending = client.chat.completions.create(question, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(pending).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
  });
});

describe('a deadline', () => {
  it('hinted for one call is a timeout to the client, with the code on its cause and nothing left behind', async () => {
    const { client, clock } = bench(cannedFetch(hang));
    const pending = client.chat.completions.create(question, {
      fetchOptions: { holdfast: { deadlineMs: 5000 } } as never,
    });
    const error = pending.catch((thrown: unknown) => thrown);
    await clock.advance(4999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    expect(await error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(((await error) as Error).cause).toMatchObject({ code: 'deadline_exceeded', name: 'TimeoutError' });
    expect(refusalOf(await error)?.message).toMatch(/5000 ms and 1 attempt/);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is let go of when the body has ended, and not before', async () => {
    const { post, clock } = bench(cannedFetch(() => jsonAnswer()));
    const response = await post({ holdfast: { deadlineMs: 5000 } });
    expect(clock.pendingTimers).toBe(1);
    await response.text();
    expect(clock.pendingTimers).toBe(0);
  });

  it('that the client itself keeps is told with the same code', async () => {
    const fetch: Fetch = (url, init) => hang(String(url), init as RequestInit);
    const resilient = pipeline().build();
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-x', fetch, timeout: 60, logLevel: 'off' }));
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect((error as Error).cause).toMatchObject({ code: 'deadline_exceeded' });
  });

  it.each<[string, number | undefined, object | undefined, number]>([
    ['the exact timeout of the client', undefined, undefined, 1500],
    ['a timeout of the request, in its whole seconds', 7000, undefined, 7000],
    ['a hint that is shorter', undefined, { deadlineMs: 200 }, 200],
    ['no hint that is longer', undefined, { deadlineMs: 99_000 }, 1500],
  ])('is %s', async (_name, timeout, holdfast, remainingMs) => {
    const calls: Call[] = [];
    const { resilient } = bench(cannedFetch(), { layers: [spy(calls)] });
    const client = resilient.wrap(
      new OpenAI({ apiKey: 'sk-x', fetch: cannedFetch(() => jsonAnswer()), timeout: 1500 }),
    );
    await client.chat.completions.create(question, {
      ...(timeout && { timeout }),
      ...(holdfast && { fetchOptions: { holdfast } as never }),
    });
    expect(calls[0]?.remainingMs()).toBe(remainingMs);
  });

  it('is none where nobody said one', async () => {
    const calls: Call[] = [];
    await bench(
      cannedFetch(() => jsonAnswer()),
      { layers: [spy(calls)] },
    ).post();
    expect(calls[0]?.remainingMs()).toBe(Infinity);
  });
});

describe('what is no call', () => {
  const exchangeUrl = 'https://auth.openai.com/oauth/token';

  it('the token exchange passes by every layer with its own headers, and is bounded', async () => {
    const calls: Call[] = [];
    const upstream = cannedFetch(() => jsonAnswer({ access_token: 't' }), hang);
    const { resilient, clock } = bench(upstream, { layers: [spy(calls)] });
    const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    const response = await resilient.fetch(exchangeUrl, init);
    expect(await response.json()).toEqual({ access_token: 't' });
    expect(upstream.calls[0]?.init).toMatchObject(init);
    expect(journeyOf(response)).toBeUndefined();
    const hanging = resilient.fetch(exchangeUrl, init);
    hanging.catch(() => undefined);
    await clock.advance(29_999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    await expect(hanging).rejects.toMatchObject({ name: 'TimeoutError' });
    expect([calls.length, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('the exchange can be aborted', async () => {
    const controller = new AbortController();
    const { resilient, clock } = bench(cannedFetch(hang));
    const pending = resilient.fetch(exchangeUrl, { method: 'POST', signal: controller.signal });
    await turn();
    controller.abort('enough');
    await expect(pending).rejects.toBe('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  it('the probe of the client before an upload goes straight through', async () => {
    const seen: unknown[][] = [];
    const { fetch } = pipeline({ fetch: async (...args: unknown[]) => (seen.push(args), new Response('')) }).build();
    expect(await (await fetch('data:,')).text()).toBe('');
    expect(seen).toEqual([['data:,', undefined]]);
  });

  it('the static Response of a fetch stays on it', () => {
    const base = Object.assign(cannedFetch(), { Response: class extends Response {} });
    expect(bench(base).resilient.fetch).toHaveProperty('Response', base.Response);
  });
});

describe('a 200 that is no answer', () => {
  it.each([
    ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })],
    ['nothing', () => new Response('', { headers: { 'content-length': '0' } })],
  ])('with %s is refused as a bad gateway', async (_name, answer) => {
    const { client } = bench(cannedFetch(answer));
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 502, code: 'malformed_response' });
    expect(journeyOf(error)?.entries).toMatchObject([
      { type: 'attempt', status: 200, fault: { kind: 'malformed_response' } },
      { type: 'refusal' },
    ]);
  });

  it('is none of our business where no layer expects an answer', async () => {
    const { post } = bench(cannedFetch(() => new Response('<html>', { headers: { 'content-type': 'text/html' } })));
    const response = await post({ method: 'GET', body: null }, 'https://api.openai.com/v1/files/f/content');
    expect(await response.text()).toBe('<html>');
  });

  it('with a redirect is refused, and its target never sees the request', async () => {
    const upstream = cannedFetch(
      () => new Response(null, { status: 307, headers: { location: 'https://evil.example/v1' } }),
    );
    const { client } = bench(upstream);
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 502, code: 'redirect_refused' });
    expect((error as Error).message).toContain('https://evil.example');
    expect(upstream.calls.map(({ url, init }) => [url, init.redirect])).toEqual([[chatUrl, 'manual']]);
  });
});
