import type { LookupAddress } from 'node:dns';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { cachedLookup, type Resolve } from './cached-lookup.ts';

const addresses: LookupAddress[] = [
  { address: '10.0.0.1', family: 4 },
  { address: '10.0.0.2', family: 4 },
];

function resolver(answers: readonly (LookupAddress[] | Error)[]) {
  const asked: string[] = [];
  const resolve: Resolve = async (host) => {
    asked.push(host);
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, resolve };
}

const looked = (lookup: ReturnType<typeof cachedLookup>, host: string, all: boolean): Promise<unknown> =>
  new Promise((done) => lookup(host, { all }, (error, address, family) => done(error ?? [address, family])));

describe('cachedLookup', () => {
  it('asks once for many who ask together, and again when the time is over', async () => {
    const clock = new ManualClock();
    const { asked, resolve } = resolver([addresses]);
    const lookup = cachedLookup(10_000, { resolve, clock });
    await Promise.all(Array.from({ length: 1000 }, () => looked(lookup, 'api.test', true)));
    await clock.advance(9999);
    expect(await looked(lookup, 'api.test', true)).toEqual([addresses, undefined]);
    expect(asked).toEqual(['api.test']);
    await clock.advance(1);
    await looked(lookup, 'api.test', true);
    expect(asked).toHaveLength(2);
  });

  it('gives the first address to those who want one', async () => {
    const lookup = cachedLookup(10_000, { resolve: resolver([addresses]).resolve });
    expect(await looked(lookup, 'api.test', false)).toEqual(['10.0.0.1', 4]);
  });

  it('does not remember a failure', async () => {
    const failure = new Error('EAI_AGAIN');
    const { asked, resolve } = resolver([failure, addresses]);
    const lookup = cachedLookup(10_000, { resolve, clock: new ManualClock() });
    expect(await looked(lookup, 'api.test', true)).toBe(failure);
    expect(await looked(lookup, 'api.test', true)).toEqual([addresses, undefined]);
    expect(asked).toHaveLength(2);
  });

  it('does not mistake one host for another', async () => {
    const { asked, resolve } = resolver([addresses]);
    const lookup = cachedLookup(10_000, { resolve, clock: new ManualClock() });
    await looked(lookup, 'a.test', true);
    await looked(lookup, 'b.test', true);
    expect(asked).toEqual(['a.test', 'b.test']);
  });
});
