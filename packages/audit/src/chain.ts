import { createHmac, hash, randomBytes } from 'node:crypto';
import type { Secret } from '@holdfast/core';
import { canonicalJson } from './canonical.ts';
import type { AuditRecord } from './line.ts';

/** Where a chain ends: what the next line follows. Kept elsewhere, it tells whether lines were cut off. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

/** Before the first line. */
export const chainStart: ChainEnd = Object.freeze({ seq: 0, hash: '0'.repeat(64) });

/** The hash of a line, from everything else in it. */
export function hashOf(canonical: string, key: Secret | undefined): string {
  if (key === undefined) return hash('sha256', canonical, 'hex');
  return createHmac('sha256', key.reveal()).update(canonical).digest('hex');
}

/** Gives lines their place: each holds the hash of the one before. */
export class Chain {
  readonly #key: Secret | undefined;
  readonly #writer = randomBytes(6).toString('hex');
  #end: ChainEnd = chainStart;

  constructor(key: Secret | undefined) {
    this.#key = key;
  }

  get end(): ChainEnd {
    return this.#end;
  }

  /** Goes on from a line that is there. */
  resume(end: ChainEnd): void {
    this.#end = end;
  }

  /** The line of a record, which is the end of the chain from now on. */
  seal(record: AuditRecord, nowMs: number): string {
    const seq = this.#end.seq + 1;
    const at = new Date(nowMs).toISOString();
    const canonical = canonicalJson({ ...record, v: 1, seq, at, writer: this.#writer, prev: this.#end.hash });
    const end = { seq, hash: hashOf(canonical, this.#key) };
    this.#end = end;
    return `${canonical.slice(0, -1)},"hash":"${end.hash}"}`;
  }
}
