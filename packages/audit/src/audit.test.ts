import { announce, refuse, type Middleware } from '@holdfast/core';
import {
  cannedFetch,
  errorAnswer,
  hang,
  jsonAnswer,
  streamAnswer,
  chatChunks,
  testMiddleware,
} from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { init, memorySink, service, url } from '../test/log.ts';
import { audit, callbackSink, verifyAudit, type AuditOptions, type CallLine } from './index.ts';

testMiddleware(() => audit({ sink: callbackSink(() => undefined) }), { describe, it });
describe('closed', () =>
  testMiddleware(() => audit({ sink: callbackSink(() => undefined), fail: 'closed' }), { describe, it }));

const good = (): Response =>
  jsonAnswer({
    id: 'chatcmpl-1',
    model: 'gpt-5-2025-08-07',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'a secret word' } }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
const refusing: Middleware = {
  name: 'refusing',
  layer: 'breaker',
  handle: async (call) => refuse(call, { layer: 'refusing', code: 'circuit_open', message: 'The circuit is open.' }),
};

describe('a call', () => {
  it('has one line, with what is known of it', async () => {
    const sink = memorySink();
    const { resilient, layer } = service(cannedFetch(good), { sink });
    const holdfast = { tenant: 'acme', priority: 'low' };
    await (await resilient.fetch(url, { ...init, holdfast } as RequestInit)).text();
    await layer.flush();
    expect(sink.lines).toMatchObject([
      {
        ...{ v: 1, seq: 1, type: 'call', service: 'shop', operation: 'chat', method: 'POST' },
        ...{ origin: 'https://api.openai.com', model: 'gpt-5', answeredBy: 'gpt-5-2025-08-07', ending: 'complete' },
        ...{
          status: 200,
          usage: { inputTokens: 3, outputTokens: 4 },
          responseId: 'chatcmpl-1',
          finishReasons: ['stop'],
        },
        ...{ tenant: 'acme', priority: 'low', journey: { entries: [{ type: 'attempt', status: 200 }], dropped: 0 } },
      },
    ]);
    expect(await verifyAudit(sink.kept)).toMatchObject({ ok: true, lines: 1, end: layer.status().end });
  });

  it.each<[string, () => Promise<unknown>, object, readonly Middleware[]]>([
    ['fails', async () => errorAnswer(503), { ending: 'failed', status: 503, fault: { kind: 'overloaded' } }, []],
    ['is refused', async () => good(), { ending: 'failed', refusal: 'circuit_open' }, [refusing]],
    [
      'gets no answer',
      async () => {
        throw new TypeError('fetch failed');
      },
      { ending: 'failed', fault: { kind: 'network' } },
      [],
    ],
  ])('that %s has one line', async (_name, upstream, line, inner) => {
    const sink = memorySink();
    const { resilient, layer } = service(cannedFetch(upstream as () => Promise<Response>), { sink }, inner);
    await resilient.fetch(url, init).then(
      (response) => response.text(),
      () => undefined,
    );
    await layer.flush();
    expect(sink.lines).toMatchObject([{ type: 'call', ...line }]);
  });

  it('that its caller gives up has one line: before the answer, and within a stream', async () => {
    const sink = memorySink();
    const controller = new AbortController();
    const hanging = service(cannedFetch(hang), { sink });
    const pending = hanging.resilient.fetch(url, { ...init, signal: controller.signal });
    controller.abort(new Error('mine'));
    await expect(pending).rejects.toThrow('mine');
    await hanging.layer.flush();
    const streaming = service(
      cannedFetch(() => streamAnswer(chatChunks(['one ', 'two ', 'three']))),
      { sink },
    );
    const body = '{"model":"gpt-5","stream":true}';
    const reader = (await streaming.resilient.fetch(url, { ...init, body })).body!.getReader();
    await reader.read();
    await reader.cancel();
    await streaming.layer.flush();
    expect(sink.lines).toMatchObject([{ ending: 'cancelled' }, { ending: 'cancelled', status: 200 }]);
  });

  it('tells its content as a keyed hash and nothing of it, and no tenant where that is not wanted', async () => {
    const sink = memorySink();
    const options: AuditOptions = { sink, contentKey: 'sixteen-characters', tenants: false };
    const { resilient, layer } = service(cannedFetch(good), options);
    const body = '{"model":"gpt-5","messages":[{"role":"user","content":"a secret plan"}]}';
    const headers = { authorization: 'Bearer sk-canary-1234567890' };
    for (const text of [body, body, body.replace('plan', 'map')])
      await (
        await resilient.fetch(url, { ...init, body: text, headers, holdfast: { tenant: 'acme' } } as RequestInit)
      ).text();
    await layer.flush();
    const [one, same, other] = sink.lines as CallLine[];
    expect(one?.content).toMatch(/^[0-9a-f]{64}$/);
    expect([same?.content === one?.content, other?.content === one?.content]).toEqual([true, false]);
    for (const secret of ['secret', 'canary', 'acme', 'sixteen']) expect(sink.kept.join('\n')).not.toContain(secret);
  });
});

describe('an event about security', () => {
  it('has a line; others have none', async () => {
    const sink = memorySink();
    const telling: Middleware = {
      name: 'telling',
      layer: 'auth',
      handle(call, next) {
        const about = { callId: call.id, service: call.service };
        announce(call.context, 'auth.onAdminUse', undefined, { ...about, credential: 'admin:key#1' });
        announce(call.context, 'auth.onRefresh', undefined, { ...about, result: 'renewed' });
        announce(call.context, 'retry.onRetry', undefined, about);
        return next(call);
      },
    };
    const { resilient, layer } = service(cannedFetch(good), { sink }, [telling]);
    await (await resilient.fetch(url, init)).text();
    await layer.flush();
    expect(sink.lines).toMatchObject([
      { type: 'security', event: 'auth.onAdminUse', detail: { credential: 'admin:key#1' } },
      { type: 'call' },
    ]);
  });

  it('that the guard refused a request is one', async () => {
    const sink = memorySink();
    const redirect = (): Response => new Response(null, { status: 302, headers: { location: 'https://evil.example' } });
    const { resilient, layer } = service(cannedFetch(redirect), { sink });
    await (await resilient.fetch(url, init)).text();
    await layer.flush();
    expect(sink.lines).toMatchObject([{ type: 'call' }, { type: 'security', event: 'guard.redirect_refused' }]);
  });
});

describe('a log that cannot be written', () => {
  it('open: lets calls go, tries again, loses nothing that there is room for, and tells what it lacks', async () => {
    const sink = memorySink();
    sink.state.fails = true;
    const results: string[] = [];
    const { resilient, layer, clock, warnings } = service(cannedFetch(good), {
      sink,
      maxQueue: 5,
      onRecord: ({ result }) => void results.push(result),
    });
    for (let index = 0; index < 8; index++) expect(await (await resilient.fetch(url, init)).text()).toContain('secret');
    await layer.flush();
    expect(layer.status()).toMatchObject({ waiting: 5, dropped: 3, failure: 'ENOSPC' });
    expect(warnings).toEqual(['holdfast shop: the audit log cannot be written to memory']);
    await clock.advance(1000);
    await layer.flush();
    expect(sink.lines).toEqual([]);
    sink.state.fails = false;
    await clock.advance(1000);
    await layer.flush();
    expect(sink.lines.map(({ type }) => type)).toEqual([...Array<string>(5).fill('call'), 'gap']);
    expect(sink.lines.at(-1)).toMatchObject({ reason: 'dropped', count: 3 });
    expect(await verifyAudit(sink.kept)).toMatchObject({ ok: true, dropped: 3 });
    expect(results.toSorted()).toEqual([...Array<string>(3).fill('dropped'), ...Array<string>(6).fill('written')]);
    expect(layer.status().failure).toBeUndefined();
  });

  it('closed: refuses calls before anything is sent, says why, and lets them go again', async () => {
    const sink = memorySink();
    const upstream = cannedFetch(good);
    const { resilient, layer, clock } = service(upstream, { sink, fail: 'closed' });
    sink.state.fails = true;
    await (await resilient.fetch(url, init)).text();
    await layer.flush();
    const refused = await resilient.fetch(url, init);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'audit_unavailable',
        message: expect.stringContaining('ENOSPC (memory)') as string,
      },
    });
    expect(upstream.calls).toHaveLength(1);
    sink.state.fails = false;
    await clock.advance(1000);
    await layer.flush();
    expect((await resilient.fetch(url, init)).status).toBe(200);
  });

  it('closed: keeps room for the line of every call that is under way', async () => {
    const sink = memorySink();
    const { resilient, layer } = service(cannedFetch(good), { sink, fail: { call: 'closed' }, maxQueue: 2 });
    const responses = await Promise.all([1, 2, 3].map(() => resilient.fetch(url, init)));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 503]);
    for (const response of responses) await response.text();
    await layer.flush();
    expect(sink.lines.filter(({ type }) => type === 'call').length).toBeGreaterThanOrEqual(2);
    expect(await verifyAudit(sink.kept)).toMatchObject({ ok: true });
  });
});

describe('options', () => {
  it.each<[unknown, string]>([
    [{}, 'audit.sink: expected a sink'],
    [{ fail: 'shut' }, "audit.fail: expected 'open', 'closed'"],
    [{ fail: { calls: 'closed' } }, 'audit.fail'],
    [{ key: 'short' }, 'audit.key: expected at least 16 characters, got "5 characters"'],
    [{ maxQueue: 0 }, 'audit.maxQueue: expected a whole number from 1, got 0'],
    [{ tenants: 'no' }, 'audit.tenants: expected true or false'],
  ])('%j are refused in the factory', (options, sentence) => {
    const sink = callbackSink(() => undefined);
    const all = Object.keys(options as object).length === 0 ? options : { sink, ...(options as object) };
    expect(() => audit(all as AuditOptions)).toThrow(sentence);
  });
});
