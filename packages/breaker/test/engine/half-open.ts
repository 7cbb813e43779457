import { describe, expect, it } from 'vitest';
import { bench, times, type CreateEngine } from './bench.ts';
import type { CircuitOptions } from '../../src/index.ts';

async function halfOpen(create: CreateEngine, options: CircuitOptions = {}) {
  const ready = bench(create, options);
  ready.trip();
  await ready.clock.advance(options.openMs ?? 30_000);
  return ready;
}

/** What every engine does while a circuit is half open. */
export function halfOpenCases(create: CreateEngine): void {
  describe('half open', () => {
    it.each([1, 2, 5])('lets exactly %d through and refuses the rest at once', async (probes) => {
      const { engine, refusal, clock } = await halfOpen(create, { probes });
      const answers = Array.from({ length: 50 }, () => engine.acquire('https://api.openai.com gpt-5'));
      expect(answers.filter(({ granted }) => granted)).toHaveLength(probes);
      await clock.advance(1500);
      expect(refusal()).toMatchObject({ reason: 'probing', retryAfterMs: 58_500 });
    });

    it('closes when its probe succeeds', async () => {
      const { admit, state, moves } = await halfOpen(create);
      admit().end('ok');
      expect(state()).toBe('closed');
      expect(moves()).toEqual(['closed>open', 'open>half_open', 'half_open>closed']);
    });

    it('closes only when all its probes succeeded, one after the other or together', async () => {
      const { admit, engine, state } = await halfOpen(create, { probes: 3 });
      admit().end('ok');
      const [second, third] = [admit(), admit()];
      expect(engine.acquire('https://api.openai.com gpt-5').granted).toBe(false);
      third.end('ok');
      expect(state()).toBe('half_open');
      second.end('ok');
      expect(state()).toBe('closed');
    });

    it('opens for its whole time at the first probe that fails', async () => {
      const { admit, refusal, clock, moves } = await halfOpen(create, { probes: 3 });
      const [first, second, third] = [admit(), admit(), admit()];
      first.end('ok');
      await clock.advance(5000);
      second.end('fail');
      expect(refusal()).toMatchObject({ reason: 'open', retryAfterMs: 30_000 });
      third.end('ok');
      expect(moves()).toEqual(['closed>open', 'open>half_open', 'half_open>open']);
    });

    it('counts its probes anew each time', async () => {
      const { admit, clock, state } = await halfOpen(create, { probes: 2 });
      admit().end('ok');
      admit().end('fail');
      await clock.advance(30_000);
      admit().end('ok');
      expect(state()).toBe('half_open');
      admit().end('ok');
      expect(state()).toBe('closed');
    });

    it('takes what the server asked of a probe as a floor too', async () => {
      const { admit, refusal } = await halfOpen(create);
      admit().end('fail', { retryAfterMs: 90_000 } as object);
      expect(refusal().retryAfterMs).toBe(90_000);
    });

    it('gives the place of a probe that says nothing to the next call', async () => {
      const { admit, refusal, state } = await halfOpen(create);
      for (let call = 0; call < 20; call++) {
        const probe = admit();
        expect(refusal().reason).toBe('probing');
        probe.end('ignored');
        expect(state()).toBe('half_open');
      }
      admit().end('ok');
      expect(state()).toBe('closed');
    });

    it('gives one place back for one probe, however often it is ended', async () => {
      const { admit, refusal } = await halfOpen(create);
      const probe = admit();
      probe.end('ignored');
      admit();
      probe.end('ignored');
      expect(refusal().reason).toBe('probing');
    });

    it('is not decided by results of calls from before it opened', async () => {
      const ready = bench(create);
      const late = [ready.admit(), ready.admit()] as const;
      ready.trip();
      await ready.clock.advance(30_000);
      expect(ready.state()).toBe('half_open');
      late[0].end('ok');
      late[1].end('fail');
      expect(ready.state()).toBe('half_open');
      expect(ready.admit().granted).toBe(true);
    });

    it('counts a probe that never ends as failed, at the end of its time', async () => {
      const { admit, refusal, state, clock, moves } = await halfOpen(create);
      const hung = admit();
      await clock.advance(59_999);
      expect(refusal().reason).toBe('probing');
      await clock.advance(10_001);
      // The time is up since 10 s ago, and it is open since then.
      expect(refusal()).toMatchObject({ reason: 'open', retryAfterMs: 20_000 });
      hung.end('ok');
      expect(state()).toBe('open');
      await clock.advance(20_000);
      admit().end('ok');
      expect(state()).toBe('closed');
      expect(moves().filter((move) => move === 'half_open>open')).toHaveLength(1);
    });

    it('does not count the success of a probe that took too long', async () => {
      const { admit, state, clock } = await halfOpen(create, { probeTimeoutMs: 2000 });
      const slow = admit();
      await clock.advance(2000);
      slow.end('ok');
      expect(state()).toBe('open');
    });

    it('lets the next probe through after a hung one, even if nobody looked meanwhile', async () => {
      const { admit, clock, moves } = await halfOpen(create);
      admit();
      await clock.advance(3_600_000);
      admit().end('ok');
      expect(moves().slice(-3)).toEqual(['half_open>open', 'open>half_open', 'half_open>closed']);
    });

    it('starts over when it closes: nothing from before the outage is left in the window', async () => {
      const { admit, run, state } = await halfOpen(create, { openMs: 100 });
      admit().end('ok');
      run(...times(4, 'fail'));
      expect(state()).toBe('closed');
    });
  });
}
