import { describe, expect, it } from 'vitest';
import { bench, key, type CreateEngine } from './bench.ts';
import type { CircuitOptions, DetailedReport } from '../../src/index.ts';

/** How every engine tells a request that nobody can digest from an upstream that is down. */
export function evidenceCases(create: CreateEngine): void {
  const setUp = (options: CircuitOptions = {}) => {
    const ready = bench(create, options);
    const fail = (print: number, circuit = key, place = circuit) =>
      ready.admit(circuit).end('fail', { print, place } as DetailedReport);
    const answer = (print: number, circuit = key) => ready.admit(circuit).end('ok', { print } as DetailedReport);
    return { ...ready, fail, answer };
  };

  describe('evidence', () => {
    it('counts one body once, however often it fails within a slice', async () => {
      const { answer, fail, state, clock } = setUp();
      answer(1);
      for (let call = 0; call < 100; call++) fail(666);
      expect(state()).toBe('closed');
      // Four more bodies, and the row is full.
      for (const print of [2, 3, 4]) fail(print);
      expect(state()).toBe('closed');
      await clock.advance(6000);
      fail(666);
      expect(state()).toBe('open');
    });

    it('counts nothing more of a body that failed at a second model, endpoint or credential', async () => {
      const { answer, fail, state, clock } = setUp({ consecutiveFailures: 3 });
      for (const circuit of [key, 'other']) answer(1, circuit);
      fail(666);
      fail(666, 'other');
      for (let second = 0; second < 50; second++) {
        fail(666);
        fail(666, 'other');
        await clock.advance(1000);
      }
      expect([state(), state('other')]).toEqual(['closed', 'closed']);
      // The row of the first circuit is one long, as somebody had to be first.
      fail(777, key, 'credential a');
      fail(777, key, 'credential b');
      expect(state()).toBe('closed');
      fail(888);
      expect(state()).toBe('open');
    });

    it('does not take a body’s failures for those of a place that never had another call', () => {
      const { answer, fail, state } = setUp();
      answer(1);
      for (let call = 0; call < 20; call++) for (const circuit of [key, 'other']) fail(666, circuit);
      expect([state(), state('other')]).toEqual(['closed', 'closed']);
    });

    it('counts every failure of a body that has just been answered here', () => {
      const { answer, fail, state } = setUp();
      answer(1);
      for (let call = 0; call < 5; call++) fail(1);
      expect(state()).toBe('open');
    });

    it('counts every failure where nothing else was answered within the window', async () => {
      const { answer, fail, state, clock } = setUp();
      answer(1);
      await clock.advance(60_000);
      for (let call = 0; call < 5; call++) fail(2);
      expect(state()).toBe('open');
    });

    it('lets an outage of everything open every circuit, though each body fails everywhere', () => {
      const { answer, fail, state, engine } = setUp();
      for (const circuit of [key, 'other']) answer(1, circuit);
      for (let print = 10; print < 30; print++)
        for (const circuit of [key, 'other']) {
          const permit = engine.acquire(circuit);
          if (permit.granted) permit.end('fail', { print, place: circuit } as DetailedReport);
        }
      expect([state(), state('other')]).toEqual(['open', 'open']);
      expect(() => fail(1)).toThrow('refused');
    });

    it('lets a probe fail, whatever its body', async () => {
      const { answer, fail, state, clock, trip } = setUp();
      answer(1);
      fail(666, 'other');
      trip();
      await clock.advance(30_000);
      fail(666);
      expect(state()).toBe('open');
    });

    it('forgets bodies, so that a flood of them does not fill the memory', () => {
      const { answer, fail, state } = setUp({ consecutiveFailures: 0, minimumCalls: 100_000 });
      answer(0);
      for (let print = 1; print < 5000; print++) fail(print);
      expect(state()).toBe('closed');
    });
  });
}
