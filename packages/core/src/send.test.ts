import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatUrl, errorAnswer, jsonAnswer, outcomeOf, turn } from '../test/bench.ts';
import { faultOf, journeyOf, type AttemptEntry, type Middleware } from './index.ts';

const stalled = (text: string): Response => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) });
  return new Response(body, { status: 503, headers: { 'content-type': 'application/json' } });
};

describe('an error answer', () => {
  it('is handed on unread, with its fault told from its body', async () => {
    const answer = errorAnswer(429, { code: 'insufficient_quota' }, { 'retry-after': '3' });
    const response = await bench(cannedFetch(() => answer)).post();
    expect(response).toBe(answer);
    expect(response.bodyUsed).toBe(false);
    expect(faultOf(response)).toMatchObject({ kind: 'quota_exhausted', retryAfterMs: 3000 });
    expect(await response.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
    expect(await outcomeOf(response)).toMatchObject({ ending: 'failed', status: 429 });
  });

  it('that never ends its body is told by its status, after a second', async () => {
    const { post, clock } = bench(cannedFetch(() => stalled('{"error":{"code":"invalid_api')));
    const pending = post();
    await clock.advance(1000);
    expect(faultOf(await pending)).toMatchObject({ kind: 'overloaded', status: 503 });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['is too long', () => errorAnswer(500, { code: 'slow_down', message: 'x'.repeat(70_000) })],
    ['is too long and says so', () => errorAnswer(500, { code: 'slow_down' }, { 'content-length': '70000' })],
    [
      'is HTML',
      () => new Response('{"error":{"code":"slow_down"}}', { status: 500, headers: { 'content-type': 'text/html' } }),
    ],
    [
      'breaks',
      () =>
        new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) }), {
          status: 500,
        }),
    ],
    ['is not there', () => new Response(null, { status: 500 })],
  ])('whose body %s is told by its status', async (_how, answer) => {
    const { post, clock } = bench(cannedFetch(answer));
    expect(faultOf(await post())?.kind).toBe('server_error');
    expect(clock.pendingTimers).toBe(0);
  });

  it('can be read in full by the caller although it was too long to be looked at', async () => {
    const message = 'x'.repeat(200_000);
    const response = await bench(cannedFetch(() => errorAnswer(500, { message }))).post();
    expect(await response.json()).toMatchObject({ error: { message } });
  });
});

describe('an observer of attempts', () => {
  it('adds headers, runs the request and is told how it went, also when it failed', async () => {
    const entries: AttemptEntry[] = [];
    const order: string[] = [];
    const observing: Middleware = {
      name: 'otel',
      layer: 'telemetry',
      handle: (call, next) =>
        next(
          call.with({
            observer: {
              attemptStarted: () => ({
                headers: { traceparent: '00-1' },
                run: (go) => (order.push('run'), go()),
                ended: (entry) => void (order.push('ended'), entries.push({ ...entry })),
              }),
            },
          }),
        ),
    };
    const upstream = cannedFetch(
      () => jsonAnswer(undefined, { headers: { 'x-request-id': 'req_1' } }),
      () => errorAnswer(503),
      () => new TypeError('fetch failed'),
    );
    const { post } = bench(upstream, { layers: [observing] });
    await post();
    await post();
    await post().catch(() => undefined);
    expect(new Headers(upstream.calls[0]?.init.headers).get('traceparent')).toBe('00-1');
    expect(order).toEqual(['run', 'ended', 'run', 'ended', 'run', 'ended']);
    expect(entries).toMatchObject([
      { status: 200, requestId: 'req_1' },
      { status: 503, fault: { kind: 'overloaded' } },
      { fault: { kind: 'network' } },
    ]);
  });
});

describe('the guard', () => {
  it('lets through what carries nothing to guard, and headers of a caller without a client', async () => {
    const upstream = cannedFetch(() => jsonAnswer());
    const { post, client } = bench(upstream);
    expect((await post({}, 'https://other.example/v1/models')).status).toBe(200);
    await client.get('https://files.example/x', { headers: { authorization: null } });
    expect(upstream.calls).toHaveLength(2);
  });

  it.each([
    ['authorization', 'Bearer sk-x'],
    ['api-key', 'azure'],
  ])('keeps %s from any origin but the one of the client', async (name, value) => {
    const upstream = cannedFetch(() => jsonAnswer());
    const { client } = bench(upstream);
    for (const url of [
      'http://api.openai.com/v1/models',
      'https://api.openai.com:444/v1/models',
      'https://api.openai.com.evil.example/v1/models',
    ]) {
      const error = await client
        .get(url, { headers: { authorization: null, [name]: value } })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'origin_not_bound' });
      expect(journeyOf(error)?.attempts).toBe(0);
    }
    expect(upstream.calls).toHaveLength(0);
  });

  it.each([
    ['nowhere', {}],
    ['an unusable location', { location: 'https://' }],
    ['https://api.openai.com', { location: '/v2' }],
  ])('tells that a redirect points to %s', async (where, headers) => {
    const { post } = bench(
      cannedFetch(() => new Response(null, { status: 301, headers: headers as Record<string, string> })),
    );
    const response = await post({}, chatUrl);
    expect(await response.text()).toContain(`pointed to ${where};`);
    await turn();
  });
});
