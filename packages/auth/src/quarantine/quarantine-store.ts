/** What is held against one key, by a fingerprint that tells nothing about it. */
export interface QuarantineEntry {
  /** HMAC-SHA-256 of the key under the salt of the store, in hexadecimal digits. */
  readonly fingerprint: string;
  readonly state: 'suspect' | 'quarantined' | 'revoked';
  /** Whether it is the quota of its limit domain that is spent, and not the key that was rejected. */
  readonly isQuota: boolean;
  /** Why, in a word. */
  readonly why: string;
  /** When a call may try it again, in milliseconds since the Unix epoch; `null` if none may. */
  readonly probeAtMs: number | null;
  /** Probes that were rejected. */
  readonly probes: number;
}

/** Everything that a store keeps. */
export interface QuarantineState {
  /** Drawn by chance for this store, so that fingerprints of two stores cannot be compared. */
  readonly salt: string;
  readonly entries: readonly QuarantineEntry[];
}

/** Keeps quarantines over a restart. It never sees a key. */
export interface QuarantineStore {
  /** What was saved last; `undefined` if nothing ever was. Asked once, before the first call. */
  load(): QuarantineState | undefined | Promise<QuarantineState | undefined>;
  /** Keeps `state` in place of what was saved before. Not called again before it has ended. */
  save(state: QuarantineState): void | Promise<void>;
}

/** What was loaded, without whatever is no entry of ours. */
export function checkedState(value: unknown): QuarantineState | undefined {
  const { salt, entries } = (value ?? {}) as Partial<QuarantineState>;
  if (typeof salt !== 'string' || !/^[0-9a-f]{32,}$/.test(salt) || !Array.isArray(entries)) return undefined;
  return { salt, entries: entries.filter(isEntry) };
}

function isEntry(value: unknown): value is QuarantineEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { fingerprint, state, isQuota, why, probeAtMs, probes } = value as Partial<QuarantineEntry>;
  return (
    typeof fingerprint === 'string' &&
    (state === 'suspect' || state === 'quarantined' || state === 'revoked') &&
    typeof isQuota === 'boolean' &&
    typeof why === 'string' &&
    /^[\w ]{1,40}$/.test(why) &&
    (probeAtMs === null || Number.isFinite(probeAtMs)) &&
    Number.isSafeInteger(probes)
  );
}
