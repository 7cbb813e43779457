import type { Permit } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, times, type CreateEngine } from './bench.ts';

const slow = { slowCallMs: 20_000, minimumCalls: 4, consecutiveFailures: 0 } as const;

/** How every engine judges calls by the time that their first content takes. */
export function slowCases(create: CreateEngine): void {
  describe('slow calls', () => {
    it('open when too many had their first content too late, inclusive', () => {
      const { admit, state, changes } = bench(create, slow);
      for (const elapsedMs of [20_000, 20_000, 20_001]) admit().firstContent?.(elapsedMs);
      expect(state()).toBe('closed');
      admit().firstContent?.(20_001);
      expect(changes).toMatchObject([{ to: 'open', because: '2 of 4 calls had no content after 20 s within 60 s' }]);
    });

    it('are counted while they still wait, at the moment at which they were due', async () => {
      const { admit, state, refusal, clock } = bench(create, slow);
      for (let call = 0; call < 4; call++) admit();
      await clock.advance(20_000);
      expect(state()).toBe('closed');
      await clock.advance(10_000);
      expect(refusal()).toMatchObject({ reason: 'open', retryAfterMs: 20_000 });
    });

    it('are counted once, whatever becomes of them', async () => {
      const { admit, state, clock } = bench(create, slow);
      const waiting = [admit(), admit(), admit()];
      await clock.advance(21_000);
      waiting[0]?.firstContent?.(21_000);
      waiting[0]?.end('ok');
      waiting[1]?.end('fail');
      waiting[2]?.end('ignored');
      expect(state()).toBe('closed');
    });

    it('are not those whose callers went away in time, nor those that failed in time', async () => {
      const { run, admit, state, clock } = bench(create, { ...slow, failureThreshold: 1 });
      run(...times(20, 'ignored'), 'ok', ...times(3, 'fail'));
      await clock.advance(60_000);
      admit();
      await clock.advance(30_000);
      expect(state()).toBe('closed');
    });

    it('leave a stream alone that goes on for long after its first content', async () => {
      const { admit, state, clock } = bench(create, slow);
      const streams = Array.from({ length: 10 }, () => admit());
      for (const stream of streams) stream.firstContent?.(800);
      await clock.advance(40_000);
      for (const stream of streams) stream.end('ok', { firstEventMs: 800, durationMs: 40_000 });
      expect(state()).toBe('closed');
    });

    it('take a probe for failed that is as slow', async () => {
      const { admit, refusal, state, clock } = bench(create, slow);
      for (let call = 0; call < 4; call++) admit().firstContent?.(30_000);
      await clock.advance(30_000);
      admit();
      await clock.advance(25_000);
      expect(refusal()).toMatchObject({ reason: 'open', retryAfterMs: 25_000 });
      await clock.advance(25_000);
      const late = admit();
      late.firstContent?.(20_001);
      expect(state()).toBe('open');
      await clock.advance(30_000);
      const quick = admit();
      quick.firstContent?.(100);
      await clock.advance(30_000);
      quick.end('ok');
      expect(state()).toBe('closed');
    });

    it('are nobody’s business by default, nor those of an endpoint', () => {
      expect(bench(create).admit().firstContent).toBeUndefined();
      const permit = bench(create, slow).engine.acquire('e', { kind: 'endpoint' });
      expect(permit).not.toHaveProperty('firstContent');
    });

    it('open exactly when the plainest count says so', async () => {
      const step = fc.record({ waitMs: fc.constantFrom(0, 5, 30, 50, 100), answers: fc.option(fc.nat(5)) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const { admit, clock, state } = bench(create, { ...counting, windowMs: 10 ** 9 });
          const calls: SlowCall[] = [];
          for (const { waitMs, answers } of steps) {
            await clock.advance(waitMs);
            const call = answers === null ? undefined : calls.at(-1 - answers);
            const nowMs = clock.monotonic();
            const isOpen = opensBy(calls, nowMs);
            expect(state() === 'open').toBe(isOpen);
            if (isOpen) return;
            if (call === undefined) calls.push({ permit: admit(), startMs: nowMs, tookMs: undefined });
            else call.permit.firstContent?.((call.tookMs ??= nowMs - call.startMs));
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}

const counting = { slowCallMs: 50, slowCallThreshold: 0.6, minimumCalls: 3 } as const;

interface SlowCall {
  readonly permit: Permit;
  readonly startMs: number;
  tookMs: number | undefined;
}

/** Whether these calls, counted one by one as their time came, open the circuit by `nowMs`. */
function opensBy(calls: readonly SlowCall[], nowMs: number): boolean {
  const counted = calls
    .map(({ startMs, tookMs }) => ({ isSlow: (tookMs ?? nowMs - startMs) > 50, startMs, tookMs }))
    .filter(({ isSlow, tookMs }) => isSlow || tookMs !== undefined)
    .map(({ isSlow, startMs, tookMs = 0 }) => ({ isSlow, atMs: startMs + (isSlow ? 50 : tookMs) }))
    .toSorted((a, b) => a.atMs - b.atMs || Number(a.isSlow) - Number(b.isSlow));
  const { minimumCalls, slowCallThreshold } = counting;
  return counted.some(({ isSlow }, index) => {
    const slowOnes = counted.slice(0, index + 1).filter((call) => call.isSlow).length;
    return isSlow && index + 1 >= minimumCalls && slowOnes / (index + 1) >= slowCallThreshold;
  });
}
