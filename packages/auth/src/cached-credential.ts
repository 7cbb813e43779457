import { type Clock, type Credential, type CredentialKind, type Secret, untilAborted } from '@holdfast/core';
import { CredentialError } from './credential-error.ts';
import { KeySource } from './key-source.ts';
import { readSource } from './read-source.ts';
import type { CredentialSource } from './source.ts';

/** Rejected tokens remembered, so that late 401s on one of them do not ask for yet another. */
const maxRetired = 16;

/** How a source that was asked in place of a rejected value answered. */
export interface Renewal {
  readonly result: 'renewed' | 'unchanged' | 'failed';
  /** What went wrong, in words that hold no secret. */
  readonly reason?: string;
  readonly durationMs: number;
}

/** What somebody wants of a credential that has to be asked for. */
export interface Wanted {
  readonly clock: Clock;
  /** Ends this wait. The source goes on for the others. */
  readonly signal?: AbortSignal | undefined;
  /** The value that upstream has just rejected. */
  readonly rejected?: Secret;
  /** Told how it went if this wait is the one that asks the source again; those that join are not. */
  readonly renewed?: (renewal: Renewal) => void;
}

/** One credential: its value as long as that holds, and a single question to its source when it does not. */
export class CachedCredential {
  readonly id: string;
  readonly kind: CredentialKind;
  /** Whether a rejected value can be replaced. */
  readonly renewable: boolean;
  readonly #source: CredentialSource;
  readonly #timeoutMs: number;
  #secret: Secret | undefined;
  /** By origins, which are the same object from call to call. */
  #bound = new WeakMap<readonly string[], Credential>();
  #retired: readonly Secret[] = [];
  #flight: Promise<Secret> | undefined;

  constructor(source: CredentialSource, options: { readonly isAdmin: boolean; readonly timeoutMs: number }) {
    this.id = source.id;
    this.kind = options.isAdmin ? 'admin' : source.kind;
    this.renewable = source.kind === 'token';
    this.#source = source;
    this.#timeoutMs = options.timeoutMs;
    this.#secret = source instanceof KeySource ? source.secret : undefined;
  }

  /** The credential as calls carry it, if it is known without asking. */
  ready(origins: readonly string[]): Credential | undefined {
    return this.#secret === undefined ? undefined : this.bind(this.#secret, origins);
  }

  /** The credential with `secret`, for `origins` and nowhere else. */
  bind(secret: Secret, origins: readonly string[]): Credential {
    const known = this.#bound.get(origins);
    if (known?.secret === secret) return known;
    const credential = Object.freeze({ id: this.id, kind: this.kind, secret, origins });
    this.#bound.set(origins, credential);
    return credential;
  }

  /**
   * The value, asked for if it is not known or is the one that was rejected. Whoever comes while the
   * source is asked waits for the same answer; who comes late, with a value that has been replaced
   * meanwhile, gets the new one.
   *
   * @throws CredentialError when the source failed; the reason of `signal` when that aborted.
   */
  obtain(wanted: Wanted): Promise<Secret> {
    const { rejected, signal } = wanted;
    const current = this.#secret;
    const isOld = rejected !== undefined && this.#retired.some((secret) => secret.equals(rejected));
    if (current !== undefined && (rejected === undefined || (isOld && !current.equals(rejected))))
      return Promise.resolve(current);
    if (rejected !== undefined) this.retire(rejected);
    if (this.#flight === undefined) {
      // Nobody is sent out with the old value while a new one is on its way.
      this.#secret = undefined;
      this.#flight = this.#ask(wanted);
      // Those who wait hear of a failure; there may be nobody left who does.
      this.#flight.catch(() => undefined);
    }
    return untilAborted(this.#flight, signal);
  }

  /** Remembers that `rejected` is of no use, so that whoever comes next asks for another. */
  retire(rejected: Secret): void {
    if (this.#secret?.equals(rejected) === true) this.#secret = undefined;
    this.#retired = [...this.#retired.filter((secret) => !secret.equals(rejected)), rejected].slice(-maxRetired);
  }

  async #ask({ clock, renewed, rejected = this.#retired.at(-1) }: Wanted): Promise<Secret> {
    const startedMs = clock.monotonic();
    const report = (renewal: Omit<Renewal, 'durationMs'>): void => {
      if (rejected !== undefined) renewed?.({ ...renewal, durationMs: clock.monotonic() - startedMs });
    };
    try {
      const secret = await readSource(this.#source, { clock, timeoutMs: this.#timeoutMs, rejected });
      this.#secret = secret;
      report({ result: rejected?.equals(secret) === true ? 'unchanged' : 'renewed' });
      return secret;
    } catch (error) {
      report({ result: 'failed', ...(error instanceof CredentialError && { reason: error.message }) });
      throw error;
    } finally {
      this.#flight = undefined;
    }
  }
}
