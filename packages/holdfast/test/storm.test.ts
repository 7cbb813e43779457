import { faults, ManualClock, startUpstream, type Upstream } from '@holdfast/testkit';
import {
  breaker,
  fallback,
  hints,
  journeyOf,
  pipeline,
  rateLimit,
  refusalOf,
  retry,
  retryBudget,
  type Pipeline,
} from 'holdfast';
import OpenAI, { RateLimitError } from 'openai';
import { describe, expect, it } from 'vitest';

const messages = [{ role: 'user' as const, content: 'Will it hold?' }];
const params = { model: 'gpt-5', messages };

/** The same chances in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const clientOf = (resilient: Pipeline, upstream: Upstream): OpenAI =>
  resilient.wrap(new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, timeout: 600_000 }));

/** Lets sockets run, while the clock stands still, until `holds`. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** When requests arrived, in milliseconds from the start of the clock. */
const arrivals = (upstream: Upstream, clock: ManualClock): number[] =>
  upstream.log.map(({ at }) => at - (clock.now() - clock.monotonic()));

describe('200 calls that meet a limit together', () => {
  const storm = async (withLimits: boolean) => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({ clock });
    const budget = retryBudget();
    const builder = pipeline({ service: 'storm', clock, random: seeded(7) }).use(retry({ budget }));
    if (withLimits) builder.use(rateLimit());
    const client = clientOf(builder.build(), upstream);
    // A thousand answers earn the budget of two hundred retries.
    for (let index = 0; index < 1000; index++) await client.chat.completions.create(params);
    const before = upstream.log.length;
    const startMs = clock.monotonic();
    upstream.script({ times: 200, fault: faults.rateLimit({ retryAfter: 2 }) });
    const pending = Promise.all(Array.from({ length: 200 }, () => client.chat.completions.create(params)));
    await until(() => clock.pendingTimers === 200);
    await clock.runUntil(pending);
    return arrivals(upstream, clock)
      .slice(before + 200)
      .map((atMs) => atMs - startMs);
  };

  it.each([
    ['retry alone', false],
    ['retry and rateLimit', true],
  ])('come back after the 2 s that were asked for, and spread out: %s', async (_name, withLimits) => {
    const retries = await storm(withLimits);
    expect(retries).toHaveLength(200);
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(2000);
    expect(Math.max(...retries) - Math.min(...retries)).toBeGreaterThanOrEqual(400);
    for (const fromMs of retries)
      expect(retries.filter((atMs) => atMs >= fromMs && atMs < fromMs + 20).length).toBeLessThanOrEqual(20);
  });

  it('send no more retries than the budget has, and the rest gets its 429 at once', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({ clock, script: [{ fault: faults.rateLimit({ retryAfter: 2 }) }] });
    const budget = retryBudget({ ratio: 0.2, minRetriesPerSecond: 1, windowMs: 10_000 });
    const client = clientOf(
      pipeline({ clock, random: seeded(7) })
        .use(retry({ budget, maxRetries: 1 }))
        .build(),
      upstream,
    );
    const ends: number[] = [];
    const call = () =>
      client.chat.completions.create(params).catch((error: unknown) => {
        ends.push(clock.monotonic());
        return error;
      });
    const pending = Promise.all(Array.from({ length: 200 }, call));
    await until(() => ends.length === 190);
    expect(clock.monotonic()).toBe(0);
    const errors = await clock.runUntil(pending);
    expect(errors.every((error) => error instanceof RateLimitError)).toBe(true);
    expect(upstream.log).toHaveLength(210);
    expect(
      errors.map((error) => JSON.stringify(journeyOf(error))).filter((story) => story.includes('budget')),
    ).toHaveLength(190);
  });
});

describe('a 429 that asks for 90 s where the caller has 10 s', () => {
  it('is answered at once, the domain cools for 90 s, and other models go on', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({
      clock,
      script: [{ match: { model: 'gpt-5' }, times: 1, fault: faults.rateLimit({ retryAfter: 90 }) }],
    });
    const resilient = pipeline({ clock }).use(retry()).use(rateLimit()).use(breaker()).build();
    const client = clientOf(resilient, upstream);
    const short = hints({ deadlineMs: 10_000 });
    const first = await client.chat.completions.create(params, short).catch((error: unknown) => error);
    expect(first).toBeInstanceOf(RateLimitError);
    expect(clock.monotonic()).toBe(0);
    await clock.advance(30_000);
    const second = await client.chat.completions.create(params, short).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(RateLimitError);
    expect(refusalOf(second)).toMatchObject({ code: 'rate_limited_local', layer: 'rateLimit', retryAfterMs: 60_000 });
    expect(upstream.log).toHaveLength(1);
    const other = await client.chat.completions.create({ ...params, model: 'gpt-5-mini' }, short);
    expect(other.model).toContain('mini');
    await clock.advance(60_000);
    expect((await client.chat.completions.create(params, short)).model).not.toContain('mini');
    await resilient.close();
  });

  it('goes to the next rung at once where there is one', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({
      clock,
      script: [{ match: { model: 'gpt-5' }, fault: faults.rateLimit({ retryAfter: 90 }) }],
    });
    const resilient = pipeline({ clock })
      .use(fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }))
      .use(retry())
      .use(rateLimit())
      .build();
    const client = clientOf(resilient, upstream);
    for (let index = 0; index < 5; index++) {
      const { model } = await client.chat.completions.create(params, hints({ deadlineMs: 10_000 }));
      expect(model).toContain('mini');
    }
    expect(clock.monotonic()).toBe(0);
    expect(upstream.requests({ model: 'gpt-5' })).toHaveLength(1);
  });
});
