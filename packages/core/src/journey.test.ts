import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, jsonAnswer } from '../test/bench.ts';
import { Journey, type Call, type Middleware } from './index.ts';

describe('Journey', () => {
  it('tells what happened in its order, counted from the start', () => {
    let now = 100;
    const journey = new Journey('c-1', 'checkout', { monotonic: () => now });
    now = 105;
    const entry = journey.attempt({ origin: 'https://x', model: 'gpt-5', credential: 'key-1', startedMs: now });
    entry.status = 503;
    journey.wait('retry', 500, 'backoff');
    now = 605;
    journey.refusal('breaker', 'circuit_open', 'open');
    journey.decision('fallback', 'model', 'open');
    journey.attempt({ origin: 'https://x', model: undefined, credential: undefined, startedMs: now });
    expect(journey.entries.map(({ type, atMs }) => [type, atMs])).toEqual([
      ['attempt', 5],
      ['wait', 5],
      ['refusal', 505],
      ['decision', 505],
      ['attempt', 505],
    ]);
    expect(journey.entries[0]).toMatchObject({
      number: 1,
      origin: 'https://x',
      model: 'gpt-5',
      credential: 'key-1',
      status: 503,
    });
    expect([journey.attempts, journey.elapsedMs()]).toEqual([2, 505]);
    expect(JSON.parse(JSON.stringify(journey))).toMatchObject({
      callId: 'c-1',
      service: 'checkout',
      dropped: 0,
      entries: { length: 5 },
    });
  });

  it('keeps the beginning of a loop and counts the rest', () => {
    const journey = new Journey(() => 'c-1', 'checkout', { monotonic: () => 0 });
    for (let index = 0; index < 1000; index++)
      journey.attempt({ origin: 'https://x', model: undefined, credential: undefined, startedMs: 0 });
    expect([journey.entries.length, journey.attempts, journey.dropped]).toEqual([200, 1000, 800]);
  });
});

describe('Call', () => {
  /** A call as a layer gets it. */
  const callOf = async (init: RequestInit = {}): Promise<Call> => {
    const calls: Call[] = [];
    const spy: Middleware = { name: 'spy', layer: 'audit', handle: (call, next) => (calls.push(call), next(call)) };
    await bench(
      cannedFetch(() => jsonAnswer()),
      { layers: [spy], service: 'checkout' },
    ).post(init);
    return calls[0] as Call;
  };

  it('is changed for what is further in, and not for what is further out', async () => {
    const call = await callOf({ headers: { 'X-A': '1', 'X-B': '2' } });
    const inner = call.with({ attempt: 2, headerChanges: { 'x-a': '9', 'x-b': null } });
    expect([inner.attempt, inner.header('x-a'), inner.header('x-b'), inner.header('x-c')]).toEqual([
      2,
      '9',
      null,
      null,
    ]);
    expect([call.attempt, call.header('x-a'), call.header('x-b')]).toEqual([1, '1', '2']);
    expect(inner.root).toBe(call.root);
    expect(inner.with({ signal: undefined, attempt: 3 })).toMatchObject({
      attempt: 3,
      headerChanges: inner.headerChanges,
    });
  });

  it('aims where its URL and body say, and remembers what was asked for', async () => {
    const call = await callOf();
    expect(call.target).toEqual({ origin: 'https://api.openai.com', model: 'gpt-5' });
    const other = call.body.withModel('gpt-5-mini');
    const inner = call.with({ ...(other && { body: other }) });
    expect([inner.target.model, inner.root.requestedModel, call.target.model]).toEqual([
      'gpt-5-mini',
      'gpt-5',
      'gpt-5',
    ]);
    expect([call.service, call.method, call.remainingMs()]).toEqual(['checkout', 'POST', Infinity]);
  });
});
