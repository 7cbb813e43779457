import { announce, OptionError, pipeline, refuse, type Call, type Fetch, type Middleware } from '@holdfast/core';
import {
  cannedFetch,
  chatChunks,
  errorAnswer,
  hang,
  jsonAnswer,
  ManualClock,
  streamAnswer,
  testMiddleware,
} from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { everything, heard, silence, twice } from '../test/subscribers.ts';
import { diagnostics, type DiagnosticFact } from './index.ts';

testMiddleware(() => diagnostics(), { describe, it });
describe('with a listener', () => testMiddleware(() => diagnostics({ listener: () => undefined }), { describe, it }));

const url = 'https://api.openai.com/v1/chat/completions';
const init = { method: 'POST', body: '{"model":"gpt-5"}' };
const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const good = (): Response => jsonAnswer({ id: 'x', model: 'gpt-5-2025-08-07', choices: [], usage });

function service(upstream: Fetch, layers: readonly Middleware[] = [diagnostics(), twice], warnings: string[] = []) {
  const warn = (text: string): void => void warnings.push(text);
  const builder = pipeline({ service: 'shop', fetch: upstream, warn, clock: new ManualClock() });
  for (const layer of layers) builder.use(layer);
  return builder.build();
}

/** Keeps the call as it passes. */
function looking(): Middleware & { seen: Call | undefined } {
  return {
    name: 'looking',
    layer: 'audit',
    seen: undefined,
    handle(call, next) {
      this.seen = call;
      return next(call);
    },
  };
}

describe('diagnostics', () => {
  it('tells channels and a listener the same facts, in order', async () => {
    const told: DiagnosticFact[] = [];
    const facts = heard(...everything);
    const upstream = cannedFetch(() => errorAnswer(503), good);
    const { fetch } = service(upstream, [diagnostics({ listener: (fact) => told.push(fact) }), twice]);
    await (await fetch(url, init)).text();
    const attempt = ['attempt:start', 'attempt:end', 'attempt:settled'];
    expect(facts.map(({ type }) => type)).toEqual(['call:start', ...attempt, 'event', ...attempt, 'call:end']);
    expect(told).toEqual(facts);
    expect(facts.at(-1)).toMatchObject({
      service: 'shop',
      operation: 'chat',
      origin: 'https://api.openai.com',
      model: 'gpt-5',
      answeredBy: 'gpt-5-2025-08-07',
      ending: 'complete',
      status: 200,
      fault: undefined,
      usage: { inputTokens: 3, outputTokens: 4 },
      attempts: 2,
    });
    expect(facts[4]).toMatchObject({ name: 'twice.onAgain', service: 'shop', detail: { callId: expect.any(String) } });
  });

  it('tells of an attempt as it stood then, whoever reads it later', async () => {
    const facts = heard(...everything);
    await (await service(cannedFetch(() => errorAnswer(503), good)).fetch(url, init)).text();
    const attempts = facts.flatMap((fact) => ('attempt' in fact ? [[fact.type, fact.attempt.status]] : []));
    expect(attempts).toEqual([
      ['attempt:start', undefined],
      ['attempt:end', 503],
      ['attempt:settled', 503],
      ['attempt:start', undefined],
      ['attempt:end', 200],
      ['attempt:settled', 200],
    ]);
    const end = facts.find(({ type }) => type === 'attempt:end');
    expect(end).toMatchObject({ attempt: { number: 1, model: 'gpt-5', fault: { kind: 'overloaded' }, durationMs: 0 } });
  });

  it('counts from the start of the call, what came before the last attempt included', async () => {
    const clock = new ManualClock();
    const facts = heard('holdfast:call:end');
    const later: Middleware = {
      name: 'later',
      layer: 'retry',
      async handle(call, next) {
        await clock.advance(250);
        return next(call);
      },
    };
    const upstream = cannedFetch(() => streamAnswer(chatChunks(['a', 'b']), { pulled: () => undefined }));
    const { fetch } = pipeline({ fetch: upstream, clock }).use(diagnostics()).use(later).build();
    const response = await fetch(url, { ...init, body: '{"model":"gpt-5","stream":true}' });
    await clock.advance(30);
    await response.text();
    expect(facts).toMatchObject([{ isStream: true, durationMs: 280, firstEventMs: 280, attempts: 1 }]);
  });

  it('hears of a subscription that comes after the pipeline was built, and of its end', async () => {
    const { fetch } = service(cannedFetch(good));
    await (await fetch(url, init)).text();
    const facts = heard('holdfast:call:end');
    await (await fetch(url, init)).text();
    expect(facts).toHaveLength(1);
    silence();
    await (await fetch(url, init)).text();
    expect(facts).toHaveLength(1);
  });

  it('does not touch a call that nobody looks at, nor watches requests for those of calls', async () => {
    const layer = looking();
    const { fetch } = service(cannedFetch(good), [diagnostics(), layer]);
    await (await fetch(url, init)).text();
    expect(layer.seen?.observer).toBeUndefined();
    heard('holdfast:call:end', 'holdfast:event');
    await (await fetch(url, init)).text();
    expect(layer.seen?.observer).toBeUndefined();
    heard('holdfast:attempt:end');
    await (await fetch(url, init)).text();
    expect(layer.seen?.observer).toBeDefined();
  });

  it('tells once of a call that failed, was cancelled or was refused, with its fault', async () => {
    const facts = heard('holdfast:call:end');
    const down = service(async () => {
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    });
    await expect(down.fetch(url, init)).rejects.toThrow('fetch failed');
    const controller = new AbortController();
    const pending = service(cannedFetch(hang)).fetch(url, { ...init, signal: controller.signal });
    controller.abort(new Error('mine'));
    await expect(pending).rejects.toThrow('mine');
    const refusing: Middleware = {
      name: 'refusing',
      layer: 'breaker',
      handle: async (call) => refuse(call, { layer: 'breaker', code: 'circuit_open', message: 'open' }),
    };
    await (await service(cannedFetch(good), [diagnostics(), refusing]).fetch(url, init)).text();
    expect(facts).toMatchObject([
      { ending: 'failed', fault: { kind: 'network' }, status: undefined, attempts: 1 },
      { ending: 'cancelled', fault: { kind: 'aborted' }, attempts: 1 },
      { ending: 'failed', fault: { kind: 'circuit_open' }, status: undefined, attempts: 0 },
    ]);
  });

  it('goes on when a listener throws or rejects, and reports it to the pipeline that it happened in', async () => {
    const layer = diagnostics({
      listener({ type }) {
        if (type === 'attempt:end') return Promise.reject(new Error('mine'));
        throw new Error('mine');
      },
    });
    const warnings: string[] = [];
    const others: string[] = [];
    const { fetch } = service(cannedFetch(good), [layer, twice], warnings);
    pipeline({ service: 'other', warn: (text) => void others.push(text) })
      .use(layer)
      .build();
    const response = await fetch(url, init);
    expect(response.status).toBe(200);
    await response.text();
    expect(new Set(warnings)).toEqual(new Set(['holdfast shop: diagnostics.listener threw']));
    expect(warnings).toHaveLength(9);
    expect(others).toEqual([]);
  });

  it('is told by announce whether or not a call is under way', () => {
    const facts = heard('holdfast:event');
    let context: Call['context'] | undefined;
    const quiet: Middleware = {
      name: 'quiet',
      layer: 'auth',
      handle: (call, next) => next(call),
      assembled: (onion) => void ({ context } = onion),
    };
    service(cannedFetch(good), [diagnostics(), quiet]);
    announce(context as Call['context'], 'auth.onRefresh', undefined, { credential: 'blue' });
    expect(facts).toEqual([{ type: 'event', name: 'auth.onRefresh', service: 'shop', detail: { credential: 'blue' } }]);
  });

  it('refuses a listener that is none, and options that nobody knows', () => {
    expect(() => diagnostics({ listener: 'console.log' as never })).toThrow(OptionError);
    expect(() => diagnostics({ listner: () => undefined } as never)).toThrow('diagnostics.listner: expected one of');
    expect(() => diagnostics({ listener: undefined as never })).not.toThrow();
  });
});
