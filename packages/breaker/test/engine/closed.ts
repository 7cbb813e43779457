import { describe, expect, it } from 'vitest';
import { bench, key, times, type CreateEngine } from './bench.ts';

const ratioOnly = { consecutiveFailures: 0 } as const;

/** What every engine does while a circuit is closed. */
export function closedCases(create: CreateEngine): void {
  describe('closed', () => {
    it('lets any number of calls through at once', () => {
      const { admit, state } = bench(create);
      for (let call = 0; call < 500; call++) expect(admit().granted).toBe(true);
      expect(state()).toBe('closed');
    });

    it('opens when the threshold is met exactly', () => {
      const { run, state, moves } = bench(create, ratioOnly);
      run(...times(5, 'ok'), ...times(4, 'fail'));
      expect(state()).toBe('closed');
      run('fail');
      expect(state()).toBe('open');
      expect(moves()).toEqual(['closed>open']);
    });

    it.each([0.07, 0.1, 0.29, 0.3, 1 / 3, 0.57, 0.58, 0.7, 1])(
      'includes a threshold of %d, however it is rounded',
      (failureThreshold) => {
        const calls = failureThreshold === 1 / 3 ? 300 : 100;
        const failures = Math.round(failureThreshold * calls);
        const { run, state } = bench(create, { ...ratioOnly, failureThreshold, minimumCalls: calls });
        run(...times(calls - failures, 'ok'), ...times(failures - 1, 'fail'));
        expect(state()).toBe('closed');
        run('fail');
        expect(state()).toBe('open');
      },
    );

    it('stays closed below the threshold', () => {
      const { run, state } = bench(create, ratioOnly);
      run(...times(51, 'ok'), ...times(49, 'fail'));
      expect(state()).toBe('closed');
    });

    it('stays closed below the minimum of calls', () => {
      const { run, state } = bench(create, ratioOnly);
      run(...times(9, 'fail'));
      expect(state()).toBe('closed');
      run('fail');
      expect(state()).toBe('open');
    });

    it('is never opened by a success', () => {
      const { run, state } = bench(create, ratioOnly);
      run(...times(9, 'fail'), 'ok');
      expect(state()).toBe('closed');
    });

    it('forgets what is older than the window', async () => {
      const { run, state, clock } = bench(create, ratioOnly);
      run(...times(9, 'fail'));
      await clock.advance(60_000);
      run('fail');
      expect(state()).toBe('closed');
    });

    it('remembers what is younger than nine tenths of the window', async () => {
      const { run, state, clock } = bench(create, ratioOnly);
      await clock.advance(11_999);
      run(...times(9, 'fail'));
      await clock.advance(53_999);
      run('fail');
      expect(state()).toBe('open');
    });

    it('pays nothing for a long silence', async () => {
      const { run, state, clock } = bench(create, { ...ratioOnly, windowMs: 1, minimumCalls: 2 });
      run('fail');
      await clock.advance(10 ** 12);
      run('fail');
      expect(state()).toBe('closed');
    });

    it('does not let calls under way hide those that failed', () => {
      const { admit, run, state } = bench(create, ratioOnly);
      for (let stream = 0; stream < 100; stream++) admit();
      run(...times(10, 'fail'));
      expect(state()).toBe('open');
    });

    it('counts what says nothing about the upstream as nothing', () => {
      const { run, state } = bench(create);
      run(...times(100, 'ignored'), ...times(4, 'fail'), ...times(100, 'ignored'));
      expect(state()).toBe('closed');
      run('fail');
      expect(state()).toBe('open');
    });

    it('opens after failures in a row, long before the minimum of calls', () => {
      const { run, state, changes } = bench(create);
      run(...times(4, 'fail'), 'ok', ...times(4, 'fail'));
      expect(state()).toBe('closed');
      run('fail');
      expect(state()).toBe('open');
      expect(changes).toMatchObject([{ key, from: 'closed', to: 'open' }]);
    });

    it('counts a permit that is ended twice once', () => {
      const { admit, run, state } = bench(create);
      const permit = admit();
      for (let end = 0; end < 10; end++) permit.end('fail');
      run('fail', 'fail', 'fail');
      expect(state()).toBe('closed');
      const last = admit();
      last.end('ok');
      last.end('fail');
      run(...times(4, 'fail'));
      expect(state()).toBe('closed');
    });

    it('keeps each key for itself', () => {
      const { trip, admit, state } = bench(create);
      admit('other').end('ok');
      trip();
      expect(admit('other').granted).toBe(true);
      expect(state('other')).toBe('closed');
    });
  });
}
