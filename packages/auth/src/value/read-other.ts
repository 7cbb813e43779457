import { sleep, type Random } from '@holdfast/core';
import { readSource, type Asking, type Reading } from './read-source.ts';
import type { CredentialSource } from '../source.ts';

/** Waits between two questions, in milliseconds: the first, and what the later ones grow to. */
const firstWaitMs = 60;
const longestWaitMs = 400;

/** How long a source is asked for another value than the one that was rejected. */
export interface Patience extends Asking {
  readonly random: Random;
  /** Longest time, in milliseconds. A source that takes that long itself is asked once. */
  readonly waitMs: number;
  /** Told before each question. */
  readonly asking: () => void;
}

/**
 * Asks a source, and again after short jittered waits as long as it gives the rejected value: a key is often
 * revoked a moment before its successor is where it belongs. What it gave last is returned, even if that is the
 * rejected value.
 *
 * @throws CredentialError when the source failed.
 */
export async function readOther(source: CredentialSource, patience: Patience): Promise<Reading> {
  const { clock, random, rejected, waitMs, ended } = patience;
  const endMs = clock.monotonic() + waitMs;
  let nextMs = firstWaitMs;
  for (;;) {
    patience.asking();
    const reading = await readSource(source, patience);
    const leftMs = endMs - clock.monotonic();
    if (rejected === undefined || !reading.secret.equals(rejected) || leftMs <= 0) return reading;
    await sleep(clock, Math.min(leftMs, nextMs * (0.5 + random() / 2)), ended).catch(() => undefined);
    nextMs = Math.min(longestWaitMs, nextMs * 1.5);
  }
}
