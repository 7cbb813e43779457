import { checkOptions, rules, systemClock, type Clock, type Secret } from '@holdfast/core';
import { defaults, oauthRules } from '../options.ts';

/** A login that was begun and waits for its callback. */
export interface PendingLogin {
  /** The issuer that was asked. */
  readonly issuer: string;
  readonly state: Secret;
  readonly nonce: Secret;
  readonly codeVerifier: Secret;
  /** Where the user wants to be afterwards: a path within the app. */
  readonly returnTo: string;
  /** In milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

/**
 * Where logins wait for their callback, by the id that only the browser knows that began them. The one in memory serves
 * one process; a fleet needs one that its members share.
 */
export interface PendingLogins {
  /** Keeps a login until `expiresAtMs`. May forget others when there are too many. */
  put(pendingId: string, login: PendingLogin): Promise<void>;
  /** `'used'` for one that was taken, as long as that is remembered; `undefined` for one that is not known. */
  get(pendingId: string): Promise<PendingLogin | 'used' | undefined>;
  /** Takes a login, in one step. `true` for whoever comes first, and for nobody else. */
  use(pendingId: string): Promise<boolean>;
}

/** How {@link memoryPendingLogins} behaves. */
export interface MemoryPendingLoginsOptions {
  /**
   * Most logins that wait at a time. When one more begins, the oldest is forgotten.
   * @defaultValue 10000
   */
  readonly maxPending?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

interface Entry {
  readonly login: PendingLogin | 'used';
  readonly expiresAtMs: number;
}

/** Pending logins in the memory of this process. @throws OptionError when an option breaks its rule. */
export function memoryPendingLogins(options: MemoryPendingLoginsOptions = {}): PendingLogins {
  checkOptions('memoryPendingLogins', options, { maxPending: rules.wholeFrom(1), clock: oauthRules.clock });
  const { maxPending = defaults.maxPending, clock = systemClock } = options;
  // In the order in which they began, and so nearly in that in which they expire.
  const entries = new Map<string, Entry>();
  const makeRoom = (): void => {
    for (const [id, { expiresAtMs }] of entries) {
      if (expiresAtMs > clock.now() && entries.size < maxPending) return;
      entries.delete(id);
    }
  };
  return {
    put(pendingId, login) {
      makeRoom();
      entries.set(pendingId, { login, expiresAtMs: login.expiresAtMs });
      return Promise.resolve();
    },
    get: (pendingId) => Promise.resolve(entries.get(pendingId)?.login),
    use(pendingId) {
      const entry = entries.get(pendingId);
      if (entry === undefined || entry.login === 'used') return Promise.resolve(false);
      // The verifier is gone; that there was one is told for as long as it could have been used.
      entries.set(pendingId, { login: 'used', expiresAtMs: entry.expiresAtMs });
      return Promise.resolve(true);
    },
  };
}
