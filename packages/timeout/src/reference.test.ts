import type { AttemptTimeoutCode } from '@holdfast/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bench, comment, events, timedAnswer, type Piece } from '../test/bench.ts';
import type { TimeoutLimits } from './index.ts';

const kinds = ['comment', 'frame', 'word', 'thought', 'thinking'] as const;
type Kind = (typeof kinds)[number];

/** What comes when, and how long the caller takes before he reads each of it. */
interface Scenario {
  readonly arrivals: readonly { readonly gapMs: number; readonly kind: Kind; readonly delayMs: number }[];
  readonly limits: TimeoutLimits;
}

/** No multiple is a whole number, so that nothing happens at the very moment at which a limit is used up. */
const limit = fc.option(
  fc.integer({ min: 5, max: 120 }).map((value) => value + Math.SQRT1_2),
  { nil: undefined },
);

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  arrivals: fc.array(
    fc.record({
      gapMs: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 60 })),
      kind: fc.constantFrom(...kinds),
      delayMs: fc.oneof(fc.constant(0), fc.nat({ max: 200 })),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  limits: fc.record({
    attemptMs: fc.option(
      fc.integer({ min: 50, max: 600 }).map((value) => value + Math.SQRT1_2),
      { nil: undefined },
    ),
    firstEventMs: limit,
    firstContentMs: limit,
    idleMs: limit,
    reasoningIdleMs: limit,
    minTokensPerSecond: fc.option(fc.constantFrom(10, 30, 100), { nil: undefined }),
    rateWindowMs: fc.integer({ min: 20, max: 100 }).map((value) => value + Math.SQRT1_2),
  }),
});

/** What a naive watcher sees who looks at everything in each millisecond in which the caller waits. */
class Naive {
  readonly limits: TimeoutLimits;
  waitedMs = 0;
  anyEvent = false;
  anyContent = false;
  lastMs = 0;
  thinks = false;
  windowMs: number | undefined;
  words = 0;

  constructor(limits: TimeoutLimits) {
    this.limits = limits;
  }

  /** One more millisecond of waiting; returns the limit that was used up in it. */
  tick(): AttemptTimeoutCode | undefined {
    const from = this.waitedMs++;
    const { attemptMs, firstEventMs, firstContentMs, idleMs, reasoningIdleMs = idleMs } = this.limits;
    const { minTokensPerSecond, rateWindowMs = 10_000 } = this.limits;
    const ended = (sinceMs: number, limitMs: number | undefined): boolean =>
      limitMs !== undefined && sinceMs + limitMs > from && sinceMs + limitMs <= this.waitedMs;
    if (ended(0, attemptMs)) return 'attempt_timeout';
    if (!this.anyEvent && ended(0, firstEventMs)) return 'first_event_timeout';
    if (!this.anyContent) return ended(0, firstContentMs) ? 'first_content_timeout' : undefined;
    if (this.windowMs !== undefined && minTokensPerSecond !== undefined && ended(this.windowMs, rateWindowMs)) {
      if (this.words < (minTokensPerSecond * rateWindowMs) / 1000) return 'stream_too_slow';
      this.windowMs += rateWindowMs;
      this.words = 0;
    }
    if (this.thinks) return ended(this.lastMs, reasoningIdleMs) ? 'reasoning_idle_timeout' : undefined;
    return ended(this.lastMs, idleMs) ? 'stream_idle_timeout' : undefined;
  }

  see(kind: Kind): void {
    if (kind === 'comment') return;
    this.anyEvent = true;
    if (kind === 'frame' || (kind === 'thinking' && !this.anyContent)) return;
    this.anyContent = true;
    this.lastMs = this.waitedMs;
    this.thinks = kind !== 'word';
    if (this.thinks) this.windowMs = undefined;
    else if (this.windowMs === undefined) [this.windowMs, this.words] = [this.waitedMs, 0];
    else this.words++;
  }
}

/** The code with which the attempt ends, and after how many parts. */
function expected({ arrivals, limits }: Scenario): readonly [AttemptTimeoutCode | undefined, number] {
  const naive = new Naive(limits);
  let nowMs = 0;
  let comesMs = 0;
  for (const [index, { gapMs, kind, delayMs }] of arrivals.entries()) {
    comesMs += gapMs;
    nowMs += delayMs;
    for (; nowMs < comesMs; nowMs++) {
      const code = naive.tick();
      if (code !== undefined) return [code, index];
    }
    naive.see(kind);
  }
  return [undefined, arrivals.length];
}

async function actual({ arrivals, limits }: Scenario): Promise<readonly [string | undefined, number]> {
  const texts = { comment, ...events.responses };
  let atMs = 0;
  const pieces = arrivals.map(({ gapMs, kind }): Piece => [(atMs += gapMs), texts[kind]]);
  const { clock, told, post } = bench((of) => timedAnswer(of, pieces), limits);
  const run = async (): Promise<number> => {
    const reader = ((await post('responses')).body as ReadableStream<Uint8Array>).getReader();
    for (const [index, { delayMs }] of arrivals.entries()) {
      await new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs));
      const { value } = await reader.read();
      if (new TextDecoder().decode(value).startsWith('event: error')) return index;
    }
    await reader.cancel();
    return arrivals.length;
  };
  const counted = run();
  // Longer than all gaps and delays together.
  await clock.advance(10_000);
  expect(clock.pendingTimers).toBe(0);
  return [told[0]?.code, await counted];
}

it('an attempt is given up when a naive watcher of every millisecond would do it, for the same reason', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      expect(await actual(scenario)).toEqual(expected(scenario));
    }),
    { numRuns: 1000 },
  );
});
