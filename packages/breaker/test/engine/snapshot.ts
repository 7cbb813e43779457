import { OptionError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { bench, key, times, type CreateEngine } from './bench.ts';
import type { CircuitsSnapshot } from '../../src/index.ts';

const options = { openGrowth: 2, rampMs: 10_000 } as const;

/** What of every engine outlives its process. */
export function snapshotCases(create: CreateEngine): void {
  /** The same circuits in another process, `laterMs` after. */
  const reborn = async (engine: { snapshot(): CircuitsSnapshot }, laterMs: number) => {
    const next = bench(create, options);
    const snapshot = JSON.parse(JSON.stringify(engine.snapshot())) as CircuitsSnapshot;
    await next.clock.advance(snapshot.takenAtMs - next.clock.now() + laterMs);
    next.engine.restore(snapshot);
    return next;
  };

  describe('a snapshot', () => {
    it('keeps an open circuit open for the rest of its time, and goes on growing', async () => {
      const { engine, trip, clock } = bench(create, options);
      trip();
      await clock.advance(12_000);
      const next = await reborn(engine, 3000);
      expect(next.refusal()).toMatchObject({ retryAfterMs: 15_000, because: '5 calls in a row failed' });
      await next.clock.advance(15_000);
      next.admit().end('fail');
      expect(next.refusal().retryAfterMs).toBe(60_000);
      expect(next.moves()).toEqual(['open>half_open', 'half_open>open']);
    });

    it('takes a half-open circuit for one that may probe', async () => {
      const { engine, trip, admit, clock } = bench(create, options);
      trip();
      await clock.advance(30_000);
      admit();
      const next = await reborn(engine, 0);
      expect(next.state()).toBe('half_open');
      next.admit().end('ok');
      expect(next.state()).toBe('closed');
    });

    it('keeps ramps, rows of failures and what hands did', async () => {
      const { engine, trip, admit, clock } = bench(create, options);
      trip();
      await clock.advance(30_000);
      admit().end('ok');
      await clock.advance(2000);
      for (let call = 0; call < 4; call++) admit('row').end('fail');
      engine.isolate('hand');
      admit('well').end('ok');
      const next = await reborn(engine, 1000);
      next.admit();
      expect(next.refusal().reason).toBe('ramping');
      await next.clock.advance(7000);
      for (let call = 0; call < 20; call++) next.admit();
      next.admit('row').end('fail');
      expect(next.state('row')).toBe('open');
      expect(next.refusal('hand').reason).toBe('isolated');
      next.engine.reset('hand');
      expect(next.admit('hand').granted).toBe(true);
      expect([...next.engine.status().keys()].toSorted()).toEqual([key, 'hand', 'row'].toSorted());
    });

    it('does not hold a circuit open that a clock set back would', async () => {
      const { engine, trip } = bench(create, options);
      trip();
      const snapshot = engine.snapshot();
      const next = bench(create, options);
      next.engine.restore({ ...snapshot, takenAtMs: snapshot.takenAtMs + 10 ** 9 });
      expect(next.refusal().retryAfterMs).toBe(30_000);
    });

    it('makes no circuit more than there is room for', () => {
      const { engine, admit } = bench(create, options);
      for (let model = 0; model < 50; model++) for (const verdict of times(2, 'fail')) admit(`m${model}`).end(verdict);
      const next = bench(create, { ...options, maxCircuits: 10 });
      next.engine.restore(engine.snapshot());
      expect(next.engine.status().size).toBe(10);
    });

    it.each([
      [undefined, 'restore: expected a snapshot of circuits, version 1, got undefined'],
      [{ version: 2, takenAtMs: 0, circuits: [] }, 'restore: expected a snapshot of circuits, version 1'],
      [
        { version: 1, takenAtMs: 0, circuits: [{ key: 'k' }] },
        'restore.circuits[0]: expected the snapshot of a circuit',
      ],
    ])('is refused if it is none (%#)', (snapshot, message) => {
      const restore = () => bench(create).engine.restore(snapshot as unknown as CircuitsSnapshot);
      expect(restore).toThrow(OptionError);
      expect(restore).toThrow(message);
    });
  });
}
