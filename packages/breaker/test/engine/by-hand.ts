import { describe, expect, it } from 'vitest';
import { bench, key, times, type CreateEngine } from './bench.ts';

/** What hands may do with the circuits of every engine. */
export function byHandCases(create: CreateEngine): void {
  describe('by hand', () => {
    it('is isolated until the last handle is released', () => {
      const { engine, admit, refusal, state, moves } = bench(create);
      const one = engine.isolate(key);
      {
        using _other = engine.isolate(key);
        one.release();
        one.release();
        expect(refusal()).toMatchObject({ reason: 'isolated', retryAfterMs: Infinity });
      }
      expect(state()).toBe('closed');
      expect(admit().granted).toBe(true);
      expect(moves()).toEqual(['closed>isolated', 'isolated>closed']);
    });

    it('stays isolated whatever calls from before come to, and however much time passes', async () => {
      const { engine, admit, state, clock } = bench(create);
      const late = Array.from({ length: 10 }, () => admit());
      engine.isolate(key);
      late.forEach((permit, index) => permit.end(index % 2 === 0 ? 'fail' : 'ok'));
      await clock.advance(3_600_000);
      expect(state()).toBe('isolated');
    });

    it('is reset, as if it had never been used', async () => {
      const { engine, trip, run, state, clock, admit } = bench(create, { openGrowth: 2, rampMs: 10_000 });
      trip();
      const held = engine.isolate('other');
      engine.reset(key);
      expect([state(), state('other')]).toEqual(['closed', 'isolated']);
      run(...times(20, 'ok'));
      trip();
      await clock.advance(30_000);
      admit();
      engine.reset();
      expect([state(), state('other')]).toEqual(['closed', 'closed']);
      run(...times(4, 'fail'));
      engine.reset(key);
      run(...times(4, 'fail'));
      expect(state()).toBe('closed');
      held.release();
      expect(state('other')).toBe('closed');
    });

    it('tells how long a circuit refuses, and takes no place for it', async () => {
      const { engine, trip, admit, clock } = bench(create);
      expect(engine.waitMs(key)).toBe(0);
      expect(engine.status().size).toBe(0);
      trip();
      await clock.advance(10_000);
      expect(engine.waitMs(key)).toBe(20_000);
      await clock.advance(20_000);
      expect(engine.waitMs(key)).toBe(0);
      admit();
      expect(engine.waitMs(key)).toBe(60_000);
      engine.isolate(key);
      expect(engine.waitMs(key)).toBe(Infinity);
    });

    it('keeps an isolated circuit when it runs out of room', () => {
      const { engine, admit, state } = bench(create, { maxCircuits: 2 });
      engine.isolate(key);
      for (let model = 0; model < 20; model++) admit(`m${model}`).end('ok');
      expect(state()).toBe('isolated');
      expect(engine.status().size).toBe(2);
    });
  });
}
