import { cannedFetch, errorAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, good, limited, reasonsOf, reset, setUp, thrownBy } from '../test/bench.ts';
import { retry, retryBudget, type BudgetExhaustedEvent } from './index.ts';

/** Room for `count` retries in ten seconds, whatever succeeds. */
const roomFor = (count: number) => ({ ratio: 0, minRetriesPerSecond: count / 10 });

describe('a call without room in the budget', () => {
  it('is given up at once, with the numbers on record', async () => {
    const upstream = cannedFetch(down, down, down, good);
    const { clock, call } = setUp(upstream, { budget: roomFor(1) }, { random: () => 0.999 });
    const first = await clock.runUntil(call());
    const atMs = clock.monotonic();
    const second = await call();
    expect([first.status, second.status, upstream.calls.length]).toEqual([503, 503, 3]);
    expect(clock.monotonic()).toBe(atMs);
    expect(second.headers.get('x-should-retry')).toBe('false');
    expect(reasonsOf(second)).toEqual([
      'overloaded, and the retry budget of all endpoints is spent: 1 retries and 0 successes in 10000 ms, ' +
        'where 0 of the successes and 0.1 a second may be retries',
    ]);
  });

  it('has room again when retries have left the window', async () => {
    const { clock, call } = setUp(cannedFetch(down), { budget: roomFor(2) });
    await clock.runUntil(call());
    expect(reasonsOf(await call())[0]).toContain('budget');
    await clock.advance(11_000);
    expect(reasonsOf(await clock.runUntil(call()))).toEqual(['overloaded after 3 attempt(s)']);
  });

  it('takes no room for retries that do not come for another reason', async () => {
    const answers = [limited({ 'retry-after': '90' }), limited({ 'retry-after': '9' }), reset, () => errorAnswer(400)];
    const { call, layer, send } = setUp(cannedFetch(...answers));
    await call();
    await call({ holdfast: { deadlineMs: 5000 } });
    await thrownBy(send('POST', '/batches', { body: '{}' }));
    await call();
    expect(layer.budget?.stats()).toEqual({ successes: 0, retries: 0, remaining: 100 });
  });

  it('knows of the successes of all pipelines that share it, and of their retries', async () => {
    const budget = retryBudget({ ratio: 0.5, minRetriesPerSecond: 0 });
    const healthy = setUp(cannedFetch(good), { budget });
    const ailing = setUp(cannedFetch(down), { budget });
    for (let count = 0; count < 4; count++) await healthy.call();
    await ailing.clock.runUntil(ailing.call());
    expect([healthy.layer.budget, ailing.layer.budget]).toEqual([budget, budget]);
    expect(budget.stats()).toEqual({ successes: 4, retries: 2, remaining: 0 });
    const other = setUp(cannedFetch(down, good), { budget });
    expect((await other.call()).status).toBe(503);
  });

  it('is one of each layer that shares none', async () => {
    const options = { budget: roomFor(1) };
    const [first, second] = [setUp(cannedFetch(down, good), options), setUp(cannedFetch(down, good), options)];
    expect((await first.clock.runUntil(first.call())).status).toBe(200);
    expect((await second.clock.runUntil(second.call())).status).toBe(200);
  });

  it('is told of at most once a second', async () => {
    const events: BudgetExhaustedEvent[] = [];
    const onBudgetExhausted = (event: BudgetExhaustedEvent): void => void events.push(event);
    const { clock, call } = setUp(cannedFetch(down), { budget: roomFor(0), onBudgetExhausted });
    for (let count = 0; count < 21; count++) {
      await call();
      await clock.advance(100);
    }
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({
      service: 'default',
      attempt: 1,
      origin: 'https://api.openai.com',
      fault: { kind: 'overloaded' },
      stats: { successes: 0, retries: 0, remaining: 0 },
    });
  });

  it('goes on when the callback throws', async () => {
    const onBudgetExhausted = (): never => {
      throw new Error('my callback');
    };
    const { call, warnings } = setUp(cannedFetch(down), { budget: roomFor(0), onBudgetExhausted });
    expect((await call()).status).toBe(503);
    expect(warnings).toEqual(['holdfast default: retry.onBudgetExhausted threw']);
  });

  it('does not exist without one', async () => {
    const { clock, call, layer } = setUp(cannedFetch(down), { budget: false, maxRetries: 500, maxDelayMs: 0 });
    await clock.runUntil(call());
    expect(layer.budget).toBeUndefined();
    expect(retry().budget?.stats().remaining).toBe(100);
  });

  it('names the endpoint whose own room is spent', async () => {
    const budget = retryBudget({ ratio: 0.5, minRetriesPerSecond: 0 });
    for (let count = 0; count < 10; count++) budget.noteSuccess('https://elsewhere.example', 0);
    const { call } = setUp(cannedFetch(down), { budget });
    expect(reasonsOf(await call())[0]).toContain('the retry budget of https://api.openai.com is spent: 0 retries');
  });
});
