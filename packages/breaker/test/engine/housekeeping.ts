import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bench, key, type CreateEngine } from './bench.ts';

/** What every engine does about memory, timers and listeners. */
export function housekeepingCases(create: CreateEngine): void {
  describe('housekeeping', () => {
    it('never keeps more circuits than it may', () => {
      const { admit, engine } = bench(create, { maxCircuits: 10 });
      for (let model = 0; model < 500; model++) admit(`m${model}`).end('ok');
      expect([...engine.status().keys()]).toEqual(Array.from({ length: 10 }, (_, index) => `m${490 + index}`));
    });

    it('lets the least recently used idle circuit go, and no open one', () => {
      const { admit, trip, engine } = bench(create, { maxCircuits: 4 });
      trip();
      const busy = admit('busy');
      admit('old').end('ok');
      admit('used').end('ok');
      admit('old').end('ok');
      admit('new').end('ok');
      expect([...engine.status().keys()]).toEqual([key, 'busy', 'old', 'new']);
      expect(engine.status().get(key)).toBe('open');
      busy.end('ok');
    });

    it('lets a busy circuit go before it grows, and its permits then change nothing', () => {
      const { admit, engine, changes } = bench(create, { maxCircuits: 2 });
      const permits = Array.from({ length: 100 }, (_, index) => admit(`m${Math.floor(index / 10)}`));
      expect([...engine.status().keys()]).toEqual(['m8', 'm9']);
      for (const permit of permits.slice(0, 80)) permit.end('fail');
      expect(changes).toEqual([]);
    });

    it('does not take a circuit for busy because of calls from before an outage', async () => {
      const { admit, trip, engine, clock } = bench(create, { maxCircuits: 2 });
      admit();
      trip();
      await clock.advance(30_000);
      admit().end('ok');
      admit('other').end('ok');
      admit('new').end('ok');
      expect([...engine.status().keys()]).toEqual(['other', 'new']);
    });

    it('lets calls through uncounted when every circuit there is room for is open', () => {
      const { trip, admit, engine } = bench(create, { maxCircuits: 1 });
      trip();
      for (let call = 0; call < 20; call++) admit('new').end('fail');
      expect(engine.status()).toEqual(new Map([[key, 'open']]));
    });

    it('reports a listener that throws and goes on', async () => {
      const warnings: string[] = [];
      const { trip, admit, state, clock } = bench(create, {
        onStateChange: () => {
          throw new Error('my listener');
        },
        warn: (message) => void warnings.push(message),
      });
      trip();
      await clock.advance(30_000);
      admit().end('ok');
      expect(state()).toBe('closed');
      expect(warnings).toHaveLength(3);
      expect(warnings[0]).toMatch(/onStateChange threw/);
    });

    it('is in order when a listener uses it', async () => {
      const { engine, admit, trip, clock, moves, changes } = bench(create, {
        onStateChange(change) {
          changes.push(change);
          const permit = engine.acquire(change.key);
          if (permit.granted) permit.end('ok');
          else expect(change.to).toBe('open');
        },
      });
      trip();
      await clock.advance(30_000);
      // The listener has closed it before this call is answered, so this is no probe and has no time limit.
      const permit = admit();
      await clock.advance(60_000);
      permit.end('ok');
      expect(moves()).toEqual(['closed>open', 'open>half_open', 'half_open>closed']);
    });

    it('forgets everything when it is closed', () => {
      const { engine, admit, changes } = bench(create);
      const late = Array.from({ length: 10 }, () => admit());
      engine.close();
      expect(engine.status().size).toBe(0);
      for (const permit of late) permit.end('fail');
      expect(changes).toEqual([]);
    });

    describe('on the timers of the machine', () => {
      beforeEach(() => {
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
      });
      afterEach(() => {
        vi.useRealTimers();
      });

      it('keeps none for a thousand idle circuits, nor for open and half-open ones', async () => {
        const { admit, trip, state, clock } = bench(create);
        for (let model = 0; model < 900; model++) admit(`m${model}`).end('ok');
        expect(vi.getTimerCount()).toBe(0);
        trip();
        expect(vi.getTimerCount()).toBe(0);
        await clock.advance(30_000);
        expect(state()).toBe('half_open');
        const probe = admit();
        expect(vi.getTimerCount()).toBe(0);
        probe.end('fail');
        expect(vi.getTimerCount()).toBe(0);
        expect(clock.pendingTimers).toBe(0);
      });
    });
  });
}
