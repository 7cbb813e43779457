import { describe, expect, it } from 'vitest';
import { bench, key, times, type CreateEngine } from './bench.ts';

/** What every engine does with a call that has nowhere else to go. */
export function forcedCases(create: CreateEngine): void {
  describe('a forced call', () => {
    const forced = { forced: true } as const;

    it('goes through an open circuit, and counts for nothing', async () => {
      const { trip, engine, refusal, clock, moves } = bench(create);
      trip();
      await clock.advance(10_000);
      for (const verdict of times(20, 'fail')) {
        const permit = engine.acquire(key, forced);
        expect(permit.granted).toBe(true);
        if (permit.granted) permit.end(verdict);
      }
      expect(refusal().retryAfterMs).toBe(20_000);
      expect(moves()).toEqual(['closed>open']);
    });

    it('is a probe where one is free, and uncounted where none is', async () => {
      const { trip, engine, state, clock } = bench(create);
      trip();
      await clock.advance(30_000);
      const [probe, other] = [engine.acquire(key, forced), engine.acquire(key, forced)];
      expect([probe, other]).toMatchObject([{ granted: true, probe: true }, { granted: true }]);
      if (other.granted) other.end('fail');
      expect(state()).toBe('half_open');
      if (probe.granted) probe.end('ok');
      expect(state()).toBe('closed');
    });

    it('counts like any other where the circuit is closed, and the ramp does not hold it up', async () => {
      const { trip, engine, admit, state, clock } = bench(create, { rampMs: 10_000 });
      trip();
      await clock.advance(30_000);
      admit().end('ok');
      for (const verdict of times(5, 'fail')) {
        const permit = engine.acquire(key, forced);
        if (permit.granted) permit.end(verdict);
      }
      expect(state()).toBe('open');
    });

    it('does not get past a hand', () => {
      const { engine } = bench(create);
      engine.isolate(key);
      expect(engine.acquire(key, forced)).toMatchObject({ granted: false, reason: 'isolated' });
    });
  });
}
