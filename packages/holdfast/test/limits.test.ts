import { ManualClock, startUpstream, type Upstream } from '@holdfast/testkit';
import { hints, pipeline, rateLimit, retry, type Priority, type RateLimitMiddleware } from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';

const model = 'gpt-5';
const stepMs = 100;

/** What a call of the mixed load asks for: one to forty words, and up to 130 tokens. */
const mixed = (index: number) => ({
  model,
  messages: [{ role: 'user' as const, content: 'hold '.repeat(1 + ((index * 7) % 40)) }],
  max_completion_tokens: 10 + ((index * 13) % 120),
});

const priorities: readonly Priority[] = ['low', 'normal', 'high'];
const hintsOf = (index: number) =>
  hints({ priority: priorities[index % 3] as Priority, tenant: `tenant-${index % 4}` });

interface Load {
  readonly clock: ManualClock;
  readonly upstream: Upstream;
  readonly limits: RateLimitMiddleware;
  /** How long each call took that was answered, in milliseconds. */
  readonly waitsMs: number[];
  /** Lets time go on, with the sockets in between, and a call go every `everyMs` until `total` have gone. */
  play(untilMs: number, options: { readonly everyMs: number; readonly total: number }): Promise<void>;
}

function load(clock: ManualClock, upstream: Upstream): Load {
  const limits = rateLimit({ maxWaitMs: 3_600_000 });
  const resilient = pipeline({ service: 'limits', clock, random: () => 0.5 })
    .use(retry({ maxRetries: 5 }))
    .use(limits)
    .build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, timeout: 3_600_000 }));
  const waitsMs: number[] = [];
  let sent = 0;
  const call = async (index: number): Promise<void> => {
    const startMs = clock.monotonic();
    await client.chat.completions.create(mixed(index), hintsOf(index));
    waitsMs.push(clock.monotonic() - startMs);
  };
  return {
    clock,
    upstream,
    limits,
    waitsMs,
    async play(untilMs, { everyMs, total }) {
      for (; clock.monotonic() < untilMs && waitsMs.length < total; await clock.advance(stepMs)) {
        while (sent < total && sent * everyMs <= clock.monotonic()) void call(sent++);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
  };
}

const withStatus = (upstream: Upstream, status: number, fromMs = 0): number =>
  upstream.log.filter((entry) => entry.status === status && entry.at >= fromMs).length;

/** The largest share of its limits that was used, of all that there was to use in `minutes`. */
function usedShare(limits: RateLimitMiddleware, minutes: number): number {
  const [domain] = Object.values(limits.stats());
  if (domain === undefined) return 0;
  const shares = [domain.requests, domain.tokens].map(
    ({ limit = Number.NaN, remaining = Number.NaN }) => 1 - remaining / (limit * (1 + minutes)),
  );
  return Math.max(...shares);
}

describe('a limit of 60 requests and 6000 tokens a minute', () => {
  const gpt5 = { requestsPerMinute: 60, tokensPerMinute: 6000 };

  it('is used nearly whole by 300 mixed calls in a minute, almost none meets a 429, and none starves', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({ clock, limits: { [model]: gpt5 } });
    const { play, limits, waitsMs } = load(clock, upstream);
    await play(60_000, { everyMs: 200, total: 300 });
    expect(usedShare(limits, 1)).toBeGreaterThanOrEqual(0.95);
    expect(withStatus(upstream, 200)).toBeGreaterThanOrEqual(0.95 * 120);
    // The bucket gives 60 at once and one a second, so that 300 calls take at least four minutes.
    await play(240_000 / 0.95, { everyMs: 200, total: 300 });
    expect(waitsMs).toHaveLength(300);
    expect(withStatus(upstream, 429)).toBeLessThanOrEqual(3);
  });

  it('is followed within five seconds when it is halved', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({ clock, limits: { [model]: gpt5 } });
    const { play, limits } = load(clock, upstream);
    const options = { everyMs: 200, total: 2000 };
    await play(90_000, options);
    upstream.setLimits(model, { requestsPerMinute: 30, tokensPerMinute: 3000 });
    await play(95_000, options);
    expect(Object.values(limits.stats())).toMatchObject([{ requests: { limit: 30 }, tokens: { limit: 3000 } }]);
    const sinceMs = clock.now();
    await play(215_000, options);
    expect(withStatus(upstream, 429, sinceMs)).toBe(0);
    const served = withStatus(upstream, 200, sinceMs);
    expect(served).toBeGreaterThanOrEqual(0.95 * 60);
    // What was left of the 30 that the new bucket began with.
    expect(served).toBeLessThanOrEqual(60 + 30);
  });
});
