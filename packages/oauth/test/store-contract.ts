import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Clock } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { encryptedStore } from '../src/store/encrypted-store.ts';
import { encryptionKey } from '../src/store/key-encryption.ts';
import type { TokenDriver } from '../src/store/token-driver.ts';
import type { TokenStore } from '../src/store/token-store.ts';
import { driverCases } from './driver-contract.ts';
import { storeCases } from './record-contract.ts';

/** The part of a test runner that the suite needs; vitest, Jest and `node:test` all have it. */
export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** A place for rows, made anew for each case. */
export interface DriverPlace {
  /** Opens it. Whatever was opened on one place shares its rows and locks, as processes do. */
  open(clock: Clock): TokenDriver | Promise<TokenDriver>;
  remove?(): void | Promise<void>;
}

/** What a case works with. */
export interface ContractBench {
  readonly clock: ManualClock;
  readonly driver: TokenDriver;
  /** The same place, opened a second time. */
  readonly other: TokenDriver;
  readonly store: TokenStore;
  readonly otherStore: TokenStore;
}

/** One sentence of the contract. */
export type ContractCases = Readonly<Record<string, (bench: ContractBench) => Promise<void>>>;

/**
 * The contract suite that every driver of a token store passes: versioned rows, compare-and-set, locks that hold across
 * everybody who shares the place, and the store that is built on them.
 *
 * @param create - makes an empty place.
 */
export function testTokenDriver(create: () => DriverPlace | Promise<DriverPlace>, { describe, it }: Runner): void {
  describe('the contract of a token driver', () => {
    for (const [name, body] of Object.entries({ ...driverCases, ...storeCases })) it(name, () => onBench(create, body));
  });
}

async function onBench(
  create: () => DriverPlace | Promise<DriverPlace>,
  body: (bench: ContractBench) => Promise<void>,
): Promise<void> {
  const place = await create();
  const clock = new ManualClock();
  const [driver, other] = [await place.open(clock), await place.open(clock)];
  const keys = encryptionKey(randomBytes(32));
  const [store, otherStore] = [encryptedStore(driver, { keys, clock }), encryptedStore(other, { keys, clock })];
  try {
    await body({ clock, driver, other, store, otherStore });
    assert.equal(clock.pendingTimers, 0, 'a timer was left behind');
  } finally {
    await store.close();
    await otherStore.close();
    await place.remove?.();
  }
}
