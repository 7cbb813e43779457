import { describe, expect, it } from 'vitest';
import { bench, times, type CreateEngine } from './bench.ts';
import type { CircuitOptions } from '../../src/index.ts';

/** How every engine spaces its probes, and how traffic comes back. */
export function recoveryCases(create: CreateEngine): void {
  const ramping = async (options: CircuitOptions = {}) => {
    const ready = bench(create, { rampMs: 10_000, ...options });
    ready.trip();
    await ready.clock.advance(30_000);
    ready.admit().end('ok');
    return ready;
  };

  describe('open time', () => {
    it('grows with each opening up to its longest, and starts over once the circuit was well', async () => {
      const { trip, refusal, admit, clock } = bench(create, { openMs: 5000, openGrowth: 2, maxOpenMs: 30_000 });
      trip();
      for (const openMs of [5000, 10_000, 20_000, 30_000, 30_000]) {
        expect(refusal().retryAfterMs).toBe(openMs);
        await clock.advance(openMs);
        admit().end('fail');
      }
      await clock.advance(30_000);
      admit().end('ok');
      trip();
      expect(refusal().retryAfterMs).toBe(5000);
    });

    it('grows on when the circuit opens again during its ramp, and not after it', async () => {
      const { trip, refusal, clock, admit } = await ramping({ openGrowth: 2 });
      await clock.advance(9999);
      trip();
      expect(refusal().retryAfterMs).toBe(60_000);
      await clock.advance(60_000);
      admit().end('ok');
      await clock.advance(10_000);
      trip();
      expect(refusal().retryAfterMs).toBe(30_000);
    });

    it('is shortened by chance, so that instances do not probe together', () => {
      const openTimes = [0, 0.5, 0.999].map((chance) => {
        const { trip, refusal } = bench(create, { openJitterRatio: 0.1, random: () => chance });
        trip();
        return Math.round(refusal().retryAfterMs);
      });
      expect(openTimes).toEqual([30_000, 28_500, 27_003]);
    });

    it('never ends before any server said, whichever failure said so', () => {
      const { run, admit, refusal } = bench(create);
      admit().end('fail', { retryAfterMs: 90_000 } as object);
      run(...times(4, 'fail'));
      expect(refusal().retryAfterMs).toBe(90_000);
    });
  });

  describe('the ramp', () => {
    it('lets a share through that grows from a tenth to all, in a straight line', async () => {
      const { engine, clock, state } = await ramping();
      const shares: number[] = [];
      for (let second = 0; second < 12; second++) {
        let admitted = 0;
        for (let call = 0; call < 200; call++) {
          const answer = engine.acquire('https://api.openai.com gpt-5');
          if (answer.granted) {
            admitted++;
            answer.end('ok');
          }
          await clock.advance(5);
        }
        shares.push(admitted / 200);
      }
      shares.forEach((share, second) => {
        const expected = Math.min(1, 0.1 + 0.09 * (second + 0.5));
        expect(Math.abs(share - expected)).toBeLessThanOrEqual(0.011);
      });
      expect(state()).toBe('closed');
    });

    it('refuses the others at once, and says to come back soon', async () => {
      const { admit, refusal, clock } = await ramping();
      admit();
      expect(refusal()).toMatchObject({ reason: 'ramping', retryAfterMs: 1000 });
      await clock.advance(9900);
      const answers = [admit(), admit()];
      expect(answers).toHaveLength(2);
    });

    it('opens again when it is too much', async () => {
      const { trip, clock, state } = await ramping();
      await clock.advance(9000);
      trip();
      expect(state()).toBe('open');
    });

    it('is for models: an endpoint that can be reached again is there for all', async () => {
      const { engine, clock } = bench(create, { rampMs: 10_000 });
      const ask = () => engine.acquire('e', { kind: 'endpoint' });
      const end = (verdict: 'ok' | 'fail') => {
        const answer = ask();
        if (answer.granted) answer.end(verdict);
      };
      for (let call = 0; call < 5; call++) end('fail');
      expect(ask().granted).toBe(false);
      await clock.advance(30_000);
      end('ok');
      expect(Array.from({ length: 20 }, () => ask().granted)).not.toContain(false);
    });
  });
}
