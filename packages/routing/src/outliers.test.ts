import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../test/members.ts';
import { judge, type Ejection } from './outliers.ts';
import type { Member } from './member.ts';
import type { RoutingOptions } from './options.ts';

async function court(count: number, options: Partial<RoutingOptions> = {}) {
  const { members, all, resolved } = await membersOf(count, options);
  const end = (member: Member | undefined, isFailure: boolean, nowMs: number): Ejection | undefined =>
    judge(member as Member, members, { isFailure, nowMs, options: resolved });
  const ejected = (nowMs: number): number => all.filter(({ health }) => health.isEjected(nowMs)).length;
  return { all, end, ejected };
}

const story = fc.array(fc.record({ who: fc.nat(9), isFailure: fc.boolean(), afterMs: fc.nat(40_000) }), {
  maxLength: 150,
});

describe('ejection', () => {
  it('never takes more than its ratio, and never the last one, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        story,
        async (count, maxEjectedRatio, own, events) => {
          const options = { maxEjectedRatio, own, ejectAfter: 2, minimumCalls: 3 };
          const { all, end, ejected } = await court(count, options);
          let nowMs = 0;
          for (const { who, isFailure, afterMs } of events) {
            nowMs += afterMs;
            end(all[who % all.length], isFailure, nowMs);
            expect(ejected(nowMs)).toBeLessThanOrEqual(Math.min(all.length - 1, all.length * maxEjectedRatio));
          }
        },
      ),
    );
  });

  it('comes with the fifth failure in a row and not with the fourth; a success begins anew', async () => {
    const { all, end } = await court(2);
    for (let count = 0; count < 4; count++) expect(end(all[1], true, 0)).toBeUndefined();
    end(all[1], false, 0);
    for (let count = 0; count < 4; count++) expect(end(all[1], true, 0)).toBeUndefined();
    expect(end(all[1], true, 0)).toEqual({ because: '5 calls in a row failed', forMs: 30_000 });
  });

  it('ends by time, and is longer the oftener it happens, up to the longest', async () => {
    const { all, end } = await court(2);
    const member = all[1] as Member;
    let nowMs = 0;
    const lengths: number[] = [];
    for (let round = 0; round < 6; round++) {
      let ejection: Ejection | undefined;
      while (ejection === undefined) ejection = end(member, true, nowMs);
      lengths.push(ejection.forMs);
      expect(member.health.isEjected(nowMs + ejection.forMs - 1)).toBe(true);
      nowMs += ejection.forMs;
      expect(member.health.isEjected(nowMs)).toBe(false);
    }
    expect(lengths).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  it('returns on probation: one failure ejects again, one success acquits, and health is not held against it', async () => {
    const { all, end } = await court(2);
    for (let count = 0; count < 5; count++) end(all[1], true, 0);
    expect(end(all[1], true, 30_000)).toMatchObject({ because: '5 calls in a row failed', forMs: 60_000 });
    end(all[1], false, 90_000);
    for (let count = 0; count < 4; count++) expect(end(all[1], true, 90_000)).toBeUndefined();
    end(all[1], false, 400_000);
    for (let count = 0; count < 4; count++) end(all[1], true, 400_000);
    expect(end(all[1], true, 400_000)).toMatchObject({ forMs: 30_000 });
  });

  it('comes for a success rate far below that of the others, however its failures are spread', async () => {
    const { all, end } = await court(2, { ejectAfter: 0 });
    let ejection: Ejection | undefined;
    for (let count = 0; count < 60 && ejection === undefined; count++) {
      end(all[0], false, count);
      end(all[2], false, count);
      ejection = end(all[1], count % 2 === 0, count);
    }
    expect(ejection?.because).toMatch(/^\d+ % of its calls succeed, and 100 % of those of the others$/);
  });

  it('does not come where the others fail as much, nor before there are enough calls to tell', async () => {
    const bad = await court(2, { ejectAfter: 0 });
    for (let count = 0; count < 200; count++)
      for (const member of bad.all) expect(bad.end(member, count % 2 === 0, count)).toBeUndefined();
    const few = await court(2, { ejectAfter: 0 });
    for (let count = 0; count < 100; count++) few.end(few.all[0], false, count);
    for (let count = 0; count < 19; count++) expect(few.end(few.all[1], true, 100)).toBeUndefined();
    expect(few.end(few.all[1], true, 100)).toBeDefined();
  });
});
