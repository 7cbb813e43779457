import type { Verdict } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '@holdfast/testkit';
import type { CreateEngine } from './bench.ts';
import { ReferenceCircuit, type ReferenceThresholds } from './reference-circuit.ts';

type Step =
  | { readonly acquire: string; readonly forced: boolean }
  | { readonly call: Verdict }
  | { readonly end: number; readonly verdict: Verdict }
  | { readonly waitMs: number }
  | { readonly look: true };

const thresholds = fc.record({
  windowMs: fc.constantFrom(100, 1000, 60_000),
  minimumCalls: fc.integer({ min: 1, max: 8 }),
  failureThreshold: fc.constantFrom(0, 0.2, 1 / 3, 0.5, 0.7, 1),
  consecutiveFailures: fc.integer({ min: 0, max: 6 }),
  openMs: fc.constantFrom(0, 50, 500, 30_000),
  openGrowth: fc.constantFrom(1, 1.5, 2),
  maxOpenMs: fc.constantFrom(0, 1000, 300_000),
  rampMs: fc.constantFrom(0, 100, 3000, 60_000),
  probes: fc.integer({ min: 1, max: 3 }),
  probeTimeoutMs: fc.constantFrom(10, 400, 60_000),
});

const verdicts = fc.constantFrom<Verdict>('ok', 'ok', 'fail', 'fail', 'fail', 'ignored');

const oneInFour = fc.constantFrom(false, false, false, true);

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ acquire: fc.constantFrom('a', 'a', 'b'), forced: oneInFour }) },
    { weight: 6, arbitrary: fc.record({ call: verdicts }) },
    {
      weight: 5,
      // Mostly a recent one; sometimes one from long before, perhaps ended already.
      arbitrary: fc.record({ end: fc.oneof(fc.nat(2), fc.nat(2), fc.nat(50)), verdict: verdicts }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ waitMs: fc.constantFrom(1, 9, 10, 50, 100, 399, 500, 6000, 30_000, 60_000) }),
    },
    // Not after every step: whoever looks brings a circuit to the present.
    { weight: 1, arbitrary: fc.record({ look: fc.constant<true>(true) }) },
  ),
  { maxLength: 120 },
);

/** The engine against the plainest model of a circuit: whatever happens, in whatever order, they agree. */
export function referenceCases(create: CreateEngine): void {
  describe('against the reference', () => {
    it('agrees on every answer and every state, whatever happens in whatever order', async () => {
      await fc.assert(
        fc.asyncProperty(thresholds, steps, (limits, story: readonly Step[]) => tell(story, create, limits)),
        { numRuns: 1000 },
      );
    });
  });
}

async function tell(story: readonly Step[], create: CreateEngine, limits: ReferenceThresholds): Promise<void> {
  const clock = new ManualClock();
  const engine = create({ ...limits, openJitterRatio: 0, clock });
  const models = new Map<string, ReferenceCircuit>();
  // Ended ones stay in the list: ending twice is part of the story.
  const ends: ((verdict: Verdict) => void)[] = [];
  const acquire = (key: string, forced = false): void => {
    const model = models.get(key) ?? new ReferenceCircuit(limits);
    models.set(key, model);
    const [answer, expected] = [engine.acquire(key, { forced }), model.acquire(clock.monotonic(), forced)];
    if (expected === 'uncounted') {
      expect(answer).toHaveProperty('granted', true);
      if (answer.granted) ends.push((verdict) => answer.end(verdict));
      return;
    }
    if ('reason' in expected) {
      expect(answer).toMatchObject({ granted: false, ...expected });
      return;
    }
    if (!answer.granted) return expect.unreachable(`refused: ${answer.reason}`);
    let isOver = false;
    ends.push((verdict) => {
      answer.end(verdict);
      if (!isOver) model.end(expected, verdict, clock.monotonic());
      isOver = true;
    });
  };
  for (const step of story) {
    if ('waitMs' in step) await clock.advance(step.waitMs);
    else if ('acquire' in step) acquire(step.acquire, step.forced);
    else if ('end' in step) ends.at(-1 - step.end)?.(step.verdict);
    else if ('call' in step) {
      const before = ends.length;
      acquire('a');
      ends[before]?.(step.call);
    } else {
      const expected = [...models].map(([key, model]) => [key, model.stateAt(clock.monotonic())] as const);
      expect(engine.status()).toEqual(new Map(expected));
    }
  }
}
