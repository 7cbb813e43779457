import { describe, expect, it } from 'vitest';
import { bench, times, type CreateEngine } from './bench.ts';

/** What every engine does while a circuit is open. */
export function openCases(create: CreateEngine): void {
  describe('open', () => {
    it('refuses at once and says exactly when the next probe goes', async () => {
      const { trip, refusal, clock } = bench(create);
      trip();
      expect(refusal()).toMatchObject({ granted: false, reason: 'open', retryAfterMs: 30_000 });
      await clock.advance(12_345);
      expect(refusal()).toMatchObject({ reason: 'open', retryAfterMs: 17_655 });
      await clock.advance(17_654);
      expect(refusal()).toMatchObject({ reason: 'open', retryAfterMs: 1 });
    });

    it('becomes half open at its time, whether or not anybody calls', async () => {
      const { trip, state, clock, moves } = bench(create);
      trip();
      await clock.advance(29_999);
      expect(state()).toBe('open');
      await clock.advance(1);
      expect(state()).toBe('half_open');
      expect(moves()).toEqual(['closed>open', 'open>half_open']);
    });

    it.each([
      ['shorter than its own time', 1000, 30_000],
      ['longer than its own time', 45_000, 45_000],
      ['longer than may be asked for', 86_400_000, 300_000],
    ])('takes what the server asked for as a floor: %s', (_name, retryAfterMs, expectedMs) => {
      const { trip, refusal } = bench(create);
      trip({ retryAfterMs });
      expect(refusal().retryAfterMs).toBe(expectedMs);
    });

    it('is neither closed nor prolonged by results of calls from before', async () => {
      const { admit, trip, refusal, clock, moves } = bench(create);
      const late = Array.from({ length: 20 }, () => admit());
      trip();
      await clock.advance(10_000);
      late.forEach((permit, index) => permit.end(index % 2 === 0 ? 'ok' : 'fail'));
      expect(refusal().retryAfterMs).toBe(20_000);
      expect(moves()).toEqual(['closed>open']);
    });

    it('lets refusals count for nothing', async () => {
      const { trip, refusal, admit, run, clock, state } = bench(create, {
        consecutiveFailures: 0,
        minimumCalls: 5,
      });
      trip();
      for (let call = 0; call < 100; call++) refusal();
      await clock.advance(30_000);
      admit().end('ok');
      run(...times(4, 'fail'));
      expect(state()).toBe('closed');
      run('fail');
      expect(state()).toBe('open');
    });
  });
}
