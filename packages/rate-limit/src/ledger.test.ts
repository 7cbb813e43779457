import { pipeline, refuse, type Middleware } from '@holdfast/core';
import { cannedFetch, chatChunks, errorAnswer, hang, jsonAnswer, ManualClock, streamAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domain, ending, origin, told, turn } from '../test/service.ts';
import { rateLimit, type RateLimitMiddleware, type RateLimitOptions } from './index.ts';

const broken = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

const usage = { prompt_tokens: 700, completion_tokens: 90, total_tokens: 790 };

/** What may become of a request that was sent. */
const answers: Record<string, (init: RequestInit) => Response | Error | Promise<Response>> = {
  answer: () => jsonAnswer(),
  'larger answer': () => jsonAnswer({ model: 'gpt-5', choices: [], usage }),
  'nonsense usage': () =>
    jsonAnswer({ model: 'gpt-5', choices: [], usage: { prompt_tokens: 1e308, total_tokens: -1 } }),
  'told answer': () => jsonAnswer(undefined, { headers: told('tokens', 5000, 4000) }),
  overload: () => errorAnswer(503),
  limited: () => errorAnswer(429, {}, { 'retry-after-ms': '40' }),
  refused: () => broken('ECONNREFUSED'),
  reset: () => broken('ECONNRESET'),
  hang: (init) => hang('', init),
  stream: () => streamAnswer(chatChunks(['a', 'b'])),
};

const step = fc.record({
  kind: fc.constantFrom(...Object.keys(answers), 'circuit', 'aborted', 'left stream'),
  pauseMs: fc.nat(400),
  priority: fc.constantFrom('low', 'normal', 'high'),
  words: fc.nat(2000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function setUpLedger(options: RateLimitOptions) {
  const clock = new ManualClock();
  const layer = rateLimit(options);
  const circuit: Middleware = {
    name: 'circuit',
    layer: 'breaker',
    handle: async (call, next) =>
      call.header('x-kind') === 'circuit'
        ? refuse(call, { layer: 'circuit', code: 'circuit_open', message: 'open' })
        : next(call),
  };
  const upstream = cannedFetch((_url, init) => {
    const kind = new Headers(init.headers).get('x-kind') ?? '';
    const answer = answers[kind] ?? answers['stream'];
    return answer === undefined ? jsonAnswer() : answer(init);
  });
  const { fetch } = pipeline({ clock, random: () => 0.5, fetch: upstream })
    .use(layer)
    .use(circuit)
    .build();
  return { clock, layer, fetch };
}

/** One call from beginning to end; those that hang are given up after a while. */
async function lived(
  fetch: typeof globalThis.fetch,
  { kind, priority, words }: Step,
  gone: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ model: 'gpt-5', messages: ['x'.repeat(words)], stream: kind.includes('stream') });
  const signal = kind === 'aborted' || kind === 'hang' ? gone : null;
  const init = { method: 'POST', body, headers: { 'x-kind': kind }, signal, holdfast: { priority } };
  const pending = fetch(`${origin}/v1/chat/completions`, init as RequestInit);
  if (kind !== 'left stream') return void (await ending(pending));
  const reader = (await pending).body?.getReader();
  await reader?.read();
  await reader?.cancel();
}

function expectBalanced(layer: RateLimitMiddleware): number {
  const { reserved, overdrawn, held, settled, released } = layer.stats()[domain]?.ledger ?? { reserved: 0, held: 0 };
  expect(reserved + (overdrawn ?? 0)).toBe(held + (settled ?? 0) + (released ?? 0));
  expect(held).toBeGreaterThanOrEqual(0);
  return held;
}

describe('the ledger', () => {
  it.each<[string, RateLimitOptions]>([
    ['nothing is known', {}],
    ['limits are told in options', { limits: { '*': { requestsPerMinute: 300, tokensPerMinute: 20_000 } } }],
    ['places are few', { concurrency: 2, limits: { '*': { tokensPerMinute: 20_000 } }, maxQueue: 5 }],
    ['it only observes', { mode: 'observe', concurrency: 2, limits: { '*': { tokensPerMinute: 2000 } } }],
  ])('balances at any time and holds nothing in the end where %s', async (_name, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const { clock, layer, fetch } = setUpLedger(options);
        const gone = new AbortController();
        const lives: Promise<void>[] = [];
        for (const one of steps) {
          lives.push(lived(fetch, one, gone.signal));
          expectBalanced(layer);
          await clock.advance(one.pauseMs);
          expectBalanced(layer);
        }
        gone.abort(new Error('gone'));
        await clock.runUntil(Promise.all(lives));
        await turn();
        expect(expectBalanced(layer)).toBe(0);
        expect(layer.stats()[domain]).toMatchObject({
          waiting: 0,
          ...(options.concurrency && { concurrency: { inFlight: 0 } }),
        });
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});
