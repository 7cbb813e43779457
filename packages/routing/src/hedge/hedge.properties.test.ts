import { errorAnswer, jsonAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raceBench, slowStream, type Planned } from '../../test/race-bench.ts';
import { countedSignal } from '../../test/counted-signal.ts';

const ending = fc.constantFrom('good', 'good', 'good', 'error', 'broken', 'stream');
const request = fc.record({ afterMs: fc.integer({ min: 0, max: 600 }), ending });
const oneCall = fc.record({
  gapMs: fc.integer({ min: 0, max: 150 }),
  abortMs: fc.option(fc.integer({ min: 0, max: 700 }), { nil: undefined }),
  isStreamed: fc.boolean(),
});

type Bench = ReturnType<typeof raceBench>;

/** How a drawn request is answered. */
function plannedOf({ clock }: Bench, { afterMs, ending: how }: { afterMs: number; ending: string }): Planned {
  switch (how) {
    case 'error':
      return { afterMs, answer: () => errorAnswer(503) };
    case 'broken':
      return { afterMs, answer: () => new TypeError('fetch failed') };
    case 'stream':
      return { afterMs, answer: (sent) => slowStream(clock, sent, [afterMs, 5]) };
    default:
      return { afterMs, answer: () => jsonAnswer() };
  }
}

/** Makes calls that overlap, some of which are aborted, and reads their answers. */
async function drive(
  bench: Bench,
  calls: readonly { gapMs: number; abortMs: number | undefined; isStreamed: boolean }[],
) {
  const { clock, call } = bench;
  const signals: ReturnType<typeof countedSignal>[] = [];
  const given: Response[] = [];
  const ends = [];
  for (const { gapMs, abortMs, isStreamed } of calls) {
    const counted = countedSignal();
    signals.push(counted);
    const body = JSON.stringify({ model: 'gpt-5', ...(isStreamed && { stream: true }) });
    const ended = call({ body, signal: counted.signal }).then((response) => {
      given.push(response);
      return response.text();
    });
    ends.push(ended.catch(() => undefined));
    if (abortMs !== undefined) clock.setTimer(() => counted.abort(new Error('gone')), abortMs);
    await clock.advance(gapMs);
  }
  await clock.advance(10_000);
  await Promise.all(ends);
  await clock.advance(0);
  return { signals, given };
}

describe('however requests end, and whenever callers give up', () => {
  it('one answer is handed over, every other is given up, and nothing is left behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(oneCall, { minLength: 1, maxLength: 25 }),
        fc.array(request, { maxLength: 60 }),
        async (calls, requests) => {
          const bench = raceBench({ minimumCalls: 1, maxShare: 1 });
          for (const stream of ['', ',"stream":true']) await bench.warm({ body: `{"model":"gpt-5"${stream}}` }, 1);
          bench.plan(...requests.map((one) => plannedOf(bench, one)));
          const { signals, given } = await drive(bench, calls);
          expect(new Set(given).size).toBe(given.length);
          expect(given.length).toBeLessThanOrEqual(calls.length);
          for (const { state, response, signal } of bench.sent) {
            expect(state).not.toBe('under way');
            const isDone = response === undefined || given.includes(response) || response.bodyUsed;
            expect(isDone || signal?.aborted).toBe(true);
          }
          const { hedges } = bench.layer.stats();
          expect(bench.sent.length).toBe(calls.length + hedges);
          expect(bench.clock.pendingTimers).toBe(0);
          expect(signals.map(({ listeners }) => listeners())).toEqual(signals.map(() => 0));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('there are never more second requests than the share of the calls and the burst', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { maxLength: 80 }),
        fc.array(oneCall, { minLength: 20, maxLength: 80 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.integer({ min: 1, max: 4 }),
        async (requests, calls, maxShare, burst) => {
          const bench = raceBench({ minimumCalls: 1, maxShare, burst });
          await bench.warm({}, 1);
          bench.plan(...requests.map((one) => plannedOf(bench, one)));
          await drive(bench, calls);
          const { hedges, calls: all } = bench.layer.stats();
          expect(hedges).toBeLessThanOrEqual(maxShare * all + burst);
          expect(bench.sent.length).toBe(calls.length + hedges);
        },
      ),
      { numRuns: 60 },
    );
  });
});
