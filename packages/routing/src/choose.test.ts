import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callOf, membersOf, seededRandom } from '../test/members.ts';
import { burdenOf, choose, loadOf, type Candidate, type Wishes } from './choose.ts';
import type { Member } from './member.ts';
import type { RoutingOptions } from './options.ts';

async function field(count: number, options: Partial<RoutingOptions> = {}) {
  const { members, all } = await membersOf(count, options);
  const call = await callOf({ model: 'gpt-5' });
  const candidates = all.map((member): Candidate => ({ member, lane: member.lanes.of(call) }));
  return { members, candidates };
}

const wishes = (change: Partial<Wishes> = {}): Wishes => ({
  nowMs: 0,
  random: seededRandom(7),
  region: undefined,
  tried: [],
  ...change,
});

/** What can be the matter with an endpoint. */
const state = fc.record({
  isEjected: fc.boolean(),
  isFull: fc.boolean(),
  rests: fc.boolean(),
  hasFailed: fc.boolean(),
  latencyMs: fc.option(fc.nat(10_000), { nil: undefined }),
  inFlight: fc.nat(4),
});

describe('a choice', () => {
  it('is never one that is ejected, exhausted or has failed this call while there is a better one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 2, maxLength: 6 }), fc.nat(), async (states, seed) => {
        const { candidates } = await field(states.length - 1, { own: { maxInFlight: 5 } });
        const failed: Member[] = [];
        for (const [index, { isEjected, isFull, rests, hasFailed, latencyMs, inFlight }] of states.entries()) {
          const { member, lane } = candidates[index] as Candidate;
          if (isEjected) member.health.eject(0);
          if (rests || isFull) lane.rest(1);
          if (hasFailed) failed.push(member);
          if (latencyMs !== undefined) lane.latency.observe(latencyMs, 0);
          member.inFlight = inFlight;
        }
        const given = wishes({ tried: failed, random: seededRandom(seed) });
        const least = Math.min(...candidates.map((candidate) => burdenOf(candidate, given)));
        const choice = choose(candidates, given);
        expect(choice && burdenOf(choice, given)).toBe(least);
        expect(choice?.isLast).toBe(least >= 4);
        if (states.some(({ isEjected }) => !isEjected)) expect(choice?.member.health.isEjected(0)).toBe(false);
      }),
    );
  });

  it('of two is the less loaded: latency, times calls under way, by weight and headroom', async () => {
    const { candidates } = await field(1);
    const [a, b] = candidates as [Candidate, Candidate];
    a.lane.latency.observe(100, 0);
    b.lane.latency.observe(300, 0);
    expect(choose(candidates, wishes())).toMatchObject({ member: a.member, reason: 'less loaded than e0: 100 to 300' });
    a.member.inFlight = 9;
    expect(loadOf(a, 0)).toBe(1000);
    expect(choose(candidates, wishes())?.member).toBe(b.member);
    a.member.inFlight = 0;
    a.lane.headroom.read(
      new Headers({ 'x-ratelimit-remaining-requests': '2', 'x-ratelimit-limit-requests': '100' }),
      0,
    );
    expect(loadOf(a, 0)).toBeCloseTo(1000);
    expect(choose(candidates, wishes())?.member).toBe(b.member);
  });

  it('finds out what is not known with one call, and sends no second before that has an answer', async () => {
    const { candidates } = await field(1);
    const [a, b] = candidates as [Candidate, Candidate];
    a.lane.latency.observe(100, 0);
    expect(choose(candidates, wishes())?.member).toBe(b.member);
    b.member.inFlight = 1;
    expect(choose(candidates, wishes())?.member).toBe(a.member);
  });

  it('gives each its weight in the long run where all are about as fast', async () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 });
    const noises = fc.double({ min: 0, max: 0.4, noNaN: true });
    await fc.assert(
      fc.asyncProperty(weights, noises, fc.nat(), async (all, noise, seed) => {
        const [own, ...others] = all as [number, ...number[]];
        const endpoints = others.map((weight, index) => ({
          name: `e${index}`,
          baseURL: `https://e${index}.test`,
          weight,
        }));
        const { members, candidates } = await field(1, { endpoints, own: { weight: own } });
        const random = seededRandom(seed);
        const given = new Map(candidates.map(({ member }) => [member, 0]));
        const calls = 2000;
        for (let count = 0; count < calls; count++) {
          const choice = choose(candidates, wishes({ random, nowMs: count * 100 }));
          if (choice === undefined) throw new Error('nobody was chosen');
          members.give(choice.member);
          given.set(choice.member, (given.get(choice.member) ?? 0) + 1);
          choice.lane.latency.observe(100 * (1 + random() * noise), count * 100);
        }
        const total = all.reduce((sum, weight) => sum + weight, 0);
        for (const [index, { member }] of candidates.entries())
          expect((given.get(member) ?? 0) / calls).toBeCloseTo((all[index] as number) / total, 1);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps to the region that is asked for, and leaves it only where it must', async () => {
    const endpoints = ['eu', 'us', 'eu'].map((region, index) => ({
      name: `e${index}`,
      baseURL: `https://e${index}.test`,
      region,
    }));
    const { candidates } = await field(1, { endpoints });
    const [, first, , second] = candidates as [Candidate, Candidate, Candidate, Candidate];
    const regions = (): Set<string | undefined> =>
      new Set(
        Array.from(
          { length: 50 },
          (_, seed) => choose(candidates, wishes({ region: 'eu', random: seededRandom(seed) }))?.member.region,
        ),
      );
    expect(regions()).toEqual(new Set(['eu']));
    first.member.health.eject(0);
    expect(regions()).toEqual(new Set(['eu']));
    second.lane.rest(1);
    expect(regions()).not.toContain('eu');
  });

  it('is nobody where there is nobody', () => {
    expect(choose([], wishes())).toBeUndefined();
  });
});
