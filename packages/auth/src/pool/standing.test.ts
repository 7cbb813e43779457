import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextStanding, type Standing, type StandingEvent } from './standing.ts';

const rules = { suspectMs: 1000, probeMs: 600_000, maxProbes: 3 };
const rejected = (nowMs = 0): StandingEvent => ({ type: 'rejected', why: 'invalid_api_key', nowMs });

/** The table that the README has, each row a state, each column an event. */
const table: Readonly<Record<string, Readonly<Record<StandingEvent['type'], readonly string[]>>>> = {
  active: { rejected: ['suspect'], accepted: ['active'], revoked: ['revoked'], restored: ['active'] },
  suspect: { rejected: ['quarantined'], accepted: ['active'], revoked: ['revoked'], restored: ['active'] },
  quarantined: {
    rejected: ['quarantined', 'revoked'],
    accepted: ['active'],
    revoked: ['revoked'],
    restored: ['active'],
  },
  revoked: { rejected: ['revoked'], accepted: ['revoked'], revoked: ['revoked'], restored: ['active'] },
};

describe('what is held against a key', () => {
  it('law: follows the table, whatever happens in whichever order', () => {
    const event = fc.oneof(
      { weight: 5, arbitrary: fc.nat(1e7).map(rejected) },
      fc.constantFrom<StandingEvent>({ type: 'accepted' }, { type: 'revoked', why: 'by hand' }, { type: 'restored' }),
    );
    const law = fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let standing: Standing | undefined;
      for (const happened of events) {
        const from = standing?.state ?? 'active';
        standing = nextStanding(standing, happened, rules);
        expect(table[from]?.[happened.type]).toContain(standing?.state ?? 'active');
        if (standing?.state === 'revoked') expect(standing.probeAtMs).toBe(Number.POSITIVE_INFINITY);
      }
    });
    fc.assert(law, { numRuns: 500 });
  });

  it('is suspicion first, quarantine next, and revoked only after as many probes as are allowed', () => {
    let standing: Standing | undefined;
    const states: (string | number | undefined)[] = [];
    for (let count = 0; count < 6; count++) {
      standing = nextStanding(standing, rejected(count), rules);
      states.push(standing?.state, standing?.probeAtMs);
    }
    const never = Number.POSITIVE_INFINITY;
    expect(states).toEqual([
      ...['suspect', 1000, 'quarantined', 600_001, 'quarantined', 600_002, 'quarantined', 600_003],
      ...['revoked', never, 'revoked', never],
    ]);
  });

  it('never becomes revoked by probes where a source can give another value', () => {
    let standing: Standing | undefined;
    for (let count = 0; count < 100; count++)
      standing = nextStanding(standing, rejected(), { ...rules, maxProbes: Number.POSITIVE_INFINITY });
    expect(standing?.state).toBe('quarantined');
  });
});
