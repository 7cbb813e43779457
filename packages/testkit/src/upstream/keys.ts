import { createHash } from 'node:crypto';
import type { Clock } from '@holdfast/core';
import type { NextId } from './ids.ts';
import { defaultProject } from './options.ts';
import type { KeyOptions } from './options.ts';

/** Who a key belongs to, as the log and the handlers may know it: never the key. */
export interface Caller {
  /** First eight hex digits of the key's SHA-256. */
  readonly keyId: string;
  /** The name it was configured with. */
  readonly label?: string;
  /** The project whose limits and objects it sees. */
  readonly project: string;
  /** Whether it is a key of the Admin API. */
  readonly admin: boolean;
}

/** A key as the Admin API knows it. */
export interface KeyRecord extends Caller {
  readonly id: string;
  readonly name: string;
  readonly redacted: string;
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly serviceAccountId?: string;
  lastUsedAtMs?: number;
}

/** What is stated about a key that is added. */
export interface NewKey extends KeyOptions {
  readonly name?: string;
  readonly admin?: boolean;
  readonly expiresAtMs?: number;
  readonly serviceAccountId?: string;
}

/** A key as upstream echoes it: the ends, and stars between them. */
export function redactKey(key: string): string {
  const [head, tail] = key.length >= 20 ? [8, 4] : key.length >= 8 ? [2, 2] : [0, 0];
  return key.slice(0, head) + '*'.repeat(key.length - head - tail) + key.slice(key.length - tail);
}

/** The id under which a key appears in the log. */
export const keyIdOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

/** How many keys that nobody configured are remembered. */
const strangerLimit = 1_000;

/** The keys that are accepted, and those that no longer are. */
export class KeyRing {
  readonly #clock: Clock;
  readonly #nextId: NextId;
  /** Whether every key is accepted that has not been revoked. */
  readonly #open: boolean;
  readonly #accepted = new Map<string, KeyRecord>();
  readonly #revoked = new Set<string>();
  readonly #strangers = new Map<string, KeyRecord>();

  constructor(clock: Clock, nextId: NextId, open: boolean) {
    this.#clock = clock;
    this.#nextId = nextId;
    this.#open = open;
  }

  /** Accepts a key from now on, even if it was revoked before. */
  add(options: NewKey): KeyRecord {
    const record = this.#record(options);
    this.#revoked.delete(options.key);
    this.#accepted.set(options.key, record);
    return record;
  }

  /** Refuses a key from now on. */
  revoke(key: string): void {
    this.#accepted.delete(key);
    this.#strangers.delete(key);
    this.#revoked.add(key);
  }

  /** Refuses the key with this id of the Admin API. False if there is none. */
  revokeById(id: string): boolean {
    for (const [key, record] of this.#accepted) {
      if (record.id !== id) continue;
      this.revoke(key);
      return true;
    }
    return false;
  }

  /** The keys that were configured or created, in that order. */
  records(): KeyRecord[] {
    return [...this.#accepted.values()];
  }

  /** Who sent this key, whether or not it is accepted. */
  identify(key: string): KeyRecord {
    const known = this.#accepted.get(key) ?? this.#strangers.get(key);
    if (known !== undefined) return known;
    const stranger = this.#record({ key });
    if (this.#strangers.size >= strangerLimit) this.#strangers.clear();
    this.#strangers.set(key, stranger);
    return stranger;
  }

  /** Whether this key opens the door now; notes that it was used. */
  accepts(key: string, record: KeyRecord): boolean {
    if (this.#revoked.has(key)) return false;
    if (!this.#open && !this.#accepted.has(key)) return false;
    const nowMs = this.#clock.now();
    if (record.expiresAtMs !== undefined && nowMs >= record.expiresAtMs) return false;
    record.lastUsedAtMs = nowMs;
    return true;
  }

  #record(options: NewKey): KeyRecord {
    return {
      id: this.#nextId('key_'),
      name: options.name ?? options.label ?? 'key',
      keyId: keyIdOf(options.key),
      redacted: redactKey(options.key),
      project: options.project ?? defaultProject,
      admin: options.admin ?? false,
      createdAtMs: this.#clock.now(),
      ...(options.label === undefined ? {} : { label: options.label }),
      ...(options.expiresAtMs === undefined ? {} : { expiresAtMs: options.expiresAtMs }),
      ...(options.serviceAccountId === undefined ? {} : { serviceAccountId: options.serviceAccountId }),
    };
  }
}
