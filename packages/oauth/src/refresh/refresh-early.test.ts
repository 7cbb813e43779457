import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refreshBench } from '../../test/refresh-bench.ts';

describe('a token that ends soon', () => {
  it('is given as it is, and replaced behind that', async () => {
    await using bench = await refreshBench({ earlyMs: 120_000 });
    const record = await bench.signIn();
    await bench.tokens.tokenFor(bench.key);
    // Half of chance: at three quarters of `earlyMs` before its end.
    await bench.clock.advance(209_999);
    await bench.tokens.tokenFor(bench.key);
    await bench.run(bench.tokens.close());
    expect(bench.far.requests).toBe(0);
    await bench.clock.advance(1);
    expect((await bench.tokens.tokenFor(bench.key)).equals(record.accessToken)).toBe(true);
    await bench.run(bench.tokens.close());
    expect((await bench.tokens.tokenFor(bench.key)).reveal()).toBe(bench.far.lastAccess);
    expect(bench.far.requests).toBe(1);
  });

  it('is replaced early at a time of its own in each process, and never in the first half of its life', async () => {
    const law = fc.asyncProperty(
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 20, max: 900 }),
      async (chance, lifeS) => {
        await using bench = await refreshBench({ earlyMs: 120_000, random: () => chance });
        const { expiresAtMs = 0 } = await bench.signIn({ expiresAtMs: bench.clock.now() + lifeS * 1000 });
        await bench.tokens.tokenFor(bench.key);
        const earlyAtMs = Math.max(expiresAtMs - 120_000 * (0.5 + chance / 2), bench.clock.now() + lifeS * 500);
        await bench.clock.advance(earlyAtMs - bench.clock.now() - 1);
        await bench.tokens.tokenFor(bench.key);
        await bench.run(bench.tokens.close());
        expect(bench.far.requests).toBe(0);
      },
    );
    await fc.assert(law, { numRuns: 20 });
  });

  it('is kept when its replacement fails, and asked for no more than the cooldown allows', async () => {
    await using bench = await refreshBench({ cooldownMs: 10_000 });
    const record = await bench.signIn();
    await bench.clock.advance(200_000);
    bench.far.misdeeds.push({ status: 503 });
    await bench.tokens.tokenFor(bench.key);
    await bench.clock.advance(60_000);
    for (let call = 0; call < 5; call++) {
      expect((await bench.tokens.tokenFor(bench.key)).equals(record.accessToken)).toBe(true);
      await bench.run(bench.tokens.close());
    }
    expect(bench.far.requests).toBe(1);
    expect(bench.events).toMatchObject([{ result: 'failed', reason: expect.stringContaining('503') as string }]);
    await bench.clock.advance(20_000);
    await bench.tokens.tokenFor(bench.key);
    await bench.run(bench.tokens.close());
    expect((await bench.tokens.tokenFor(bench.key)).reveal()).toBe(bench.far.lastAccess);
  });
});
