import { checkOptions, rules, systemClock, type Clock } from '@holdfast/core';
import { signingRules } from './rules.ts';

/**
 * Remembers which requests were accepted. Shared by every instance of a gateway: one that remembers alone lets a
 * request pass once per instance.
 */
export interface NonceStore {
  /**
   * Whether this is the first use, in one atomic step. Kept until `expiresAtMs` (milliseconds since the Unix epoch) at
   * least. A store that cannot tell rejects, and the request is refused.
   */
  use(keyId: string, nonce: string, expiresAtMs: number): Promise<boolean>;
}

/** How {@link memoryNonces} remembers. */
export interface MemoryNoncesOptions {
  /** Most nonces that are kept at a time. With all of them in use, requests are refused. @defaultValue 100000 */
  readonly maxEntries?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

/** The only place where a default stands. */
export const nonceDefaults: Required<MemoryNoncesOptions> = Object.freeze({ maxEntries: 100_000, clock: systemClock });

/** Looking through all of them more often than this, in milliseconds, would be work for whoever sends the most. */
const sweepIntervalMs = 1000;

/**
 * Nonces of one process: for a gateway that runs once, and for tests. A nonce is never forgotten before its end to make
 * room for another.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function memoryNonces(options: MemoryNoncesOptions = {}): NonceStore {
  checkOptions('memoryNonces', options, {
    maxEntries: rules.wholeFrom(1),
    clock: signingRules.clock,
  });
  const { maxEntries = nonceDefaults.maxEntries, clock = nonceDefaults.clock } = options;
  const ends = new Map<string, number>();
  let sweptMs = Number.NEGATIVE_INFINITY;
  const sweep = (nowMs: number): void => {
    // A clock that was set back would otherwise stop it for as long.
    if (Math.abs(nowMs - sweptMs) < sweepIntervalMs) return;
    sweptMs = nowMs;
    for (const [entry, endMs] of ends) if (endMs < nowMs) ends.delete(entry);
  };
  const use = (entry: string, expiresAtMs: number): boolean => {
    const nowMs = clock.now();
    sweep(nowMs);
    if ((ends.get(entry) ?? Number.NEGATIVE_INFINITY) >= nowMs) return false;
    if (ends.size >= maxEntries) throw new Error(`memoryNonces: all ${maxEntries} places are in use`);
    ends.set(entry, expiresAtMs);
    return true;
  };
  return {
    // No line break can be part of either, so no two pairs are one entry.
    use: async (keyId, nonce, expiresAtMs) => use(`${keyId}\n${nonce}`, expiresAtMs),
  };
}
