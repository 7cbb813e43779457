import { cannedFetch } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FaithfulUpstream, type Limits } from '../test/faithful-upstream.ts';
import { ending, seededRandom, setUp } from '../test/service.ts';

interface Scenario {
  readonly seed: number;
  readonly limits: Limits;
  readonly calls: number;
  /** How much more is asked for than the limits give. */
  readonly load: number;
  readonly latencyMs: number;
  readonly uplinkMs: number;
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  limits: fc.record({ requests: fc.integer({ min: 20, max: 600 }), tokens: fc.integer({ min: 20_000, max: 200_000 }) }),
  calls: fc.integer({ min: 100, max: 300 }),
  load: fc.double({ min: 0.5, max: 4, noNaN: true }),
  latencyMs: fc.integer({ min: 1, max: 20_000 }),
  uplinkMs: fc.integer({ min: 0, max: 100 }),
});

/** Random calls through the layer to a server that limits them truly. */
async function played({ seed, limits, calls, load, latencyMs, uplinkMs }: Scenario) {
  const random = seededRandom(seed);
  const tokensOf = (): number => Math.ceil(random() ** 3 * Math.min(4000, limits.tokens / 4)) + 1;
  let server: FaithfulUpstream | undefined;
  const upstream = cannedFetch(async (_url, init) => {
    const { max_tokens: tokens } = JSON.parse(init.body as string) as { max_tokens: number };
    await after(random() * uplinkMs);
    const answer = (server as FaithfulUpstream).answer(tokens);
    await after(random() * latencyMs);
    return answer;
  });
  const bench = setUp(upstream, { maxWaitMs: 1e9, countTokens: () => 0 });
  const after = (ms: number): Promise<void> => new Promise((resolve) => void bench.clock.setTimer(() => resolve(), ms));
  server = new FaithfulUpstream(bench.clock, limits);
  const ask = (): Promise<string> => ending(bench.call({ fields: { max_tokens: tokensOf() } }));
  const endings = [ask()];
  await bench.clock.advance(latencyMs + uplinkMs);
  const gapMs = 60_000 / limits.requests / load;
  while (endings.length < calls) {
    await bench.clock.advance(-Math.log(1 - random()) * gapMs);
    endings.push(ask());
  }
  const result = await bench.clock.runUntil(Promise.all(endings));
  return { server, result, stats: bench.stats(), timers: bench.clock.pendingTimers };
}

describe('limits that every answer tells', () => {
  it('are almost never exceeded by random calls, which are all served in the end', async () => {
    let sent = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { server, result, stats, timers } = await played(scenario);
        sent += server.served + server.refused;
        refused += server.refused;
        expect(result.filter((one) => one === 'ok').length).toBe(server.served);
        expect(result).toHaveLength(scenario.calls);
        expect(stats).toMatchObject({ waiting: 0, ledger: { held: 0 } });
        expect(timers).toBe(0);
      }),
      { numRuns: 12 },
    );
    expect(refused / sent).toBeLessThanOrEqual(0.01);
  });
});
