import { guardTimer, untilAborted, type Context, type Secret } from '@holdfast/core';
import type { Asker } from '../value/asker.ts';
import { Fingerprints, newSalt } from './fingerprints.ts';
import type { Member } from '../pool/member.ts';
import type { Pool } from '../pool/pool.ts';
import { checkedState, type QuarantineEntry, type QuarantineStore } from './quarantine-store.ts';

/** Entries kept; above it the oldest goes. */
const maxEntries = 10_000;

/** What a store is asked for and told, in an order of its own: no call waits for it but the first. */
export class Ledger {
  readonly #store: QuarantineStore;
  readonly #timeoutMs: number;
  readonly #entries = new Map<string, QuarantineEntry>();
  readonly #prepared = new WeakMap<Pool, Promise<void>>();
  #fingerprints: Fingerprints | undefined;
  #loading: Promise<void> | undefined;
  #saving: Promise<void> | undefined;
  #isDirty = false;
  readonly #noting = new Set<Promise<void>>();

  /** @param timeoutMs - longest time that the first call waits for the store. */
  constructor(store: QuarantineStore, timeoutMs: number) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes over what was held against the keys of `pool`. A store that fails is reported and changes nothing. */
  prepare(pool: Pool, { context }: Asker): Promise<void> {
    let prepared = this.#prepared.get(pool);
    if (prepared === undefined) {
      prepared = this.#adopt(pool, context).then(() => pool.open());
      this.#prepared.set(pool, prepared);
    }
    return prepared;
  }

  /**
   * Takes over what was held against a value that has just become known. Where it stands alone, only that it was
   * revoked counts.
   */
  async recall(
    member: Member,
    secret: Secret,
    { context, isSole }: Asker & { readonly isSole: boolean },
  ): Promise<void> {
    const entry = await this.#entryOf(secret, context);
    if (entry === undefined || member.isOnProbation || (isSole && entry.state !== 'revoked')) return;
    const { clock } = context;
    const probeAtMs =
      entry.probeAtMs === null ? Number.POSITIVE_INFINITY : clock.monotonic() + entry.probeAtMs - clock.now();
    const { state, why, probes } = entry;
    if (entry.isQuota) member.domain.spend({ probeAtMs, why });
    else member.adopt({ state, probeAtMs, probes, why }, secret);
  }

  /** Keeps what is held against `secret` now, or that nothing is. */
  keep({ context }: Asker, member: Member, secret: Secret): void {
    const standing = member.standing ?? member.domain.quota;
    const { clock } = context;
    const about = standing && {
      state: member.standing?.state ?? ('quarantined' as const),
      isQuota: member.standing === undefined,
      why: standing.why,
      probeAtMs: Number.isFinite(standing.probeAtMs) ? clock.now() + standing.probeAtMs - clock.monotonic() : null,
      probes: member.standing?.probes ?? 0,
    };
    const noted = this.#printOf(secret, context).then((fingerprint) => {
      // The newest stands last, so that the oldest is the first.
      const isKnown = this.#entries.delete(fingerprint);
      if (about !== undefined) this.#entries.set(fingerprint, { fingerprint, ...about });
      if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value as string);
      if (isKnown || about !== undefined) this.#save(context);
    });
    const noting = noted
      .catch((error: unknown) => report(context, 'cannot tell keys apart', error))
      .finally(() => void this.#noting.delete(noting));
    this.#noting.add(noting);
  }

  /** Waits until everything is saved. */
  async close(): Promise<void> {
    await Promise.all(this.#noting);
    await this.#saving;
  }

  async #adopt(pool: Pool, context: Context): Promise<void> {
    await this.#loaded(context);
    if (this.#entries.size === 0) return;
    for (const member of pool.members) {
      const { secret } = member.cache;
      if (secret !== undefined) await this.recall(member, secret, { context, isSole: pool.isSole });
    }
  }

  async #load(context: Context): Promise<void> {
    const controller = new AbortController();
    const expired = new Error(`it did not answer within ${this.#timeoutMs} ms`);
    const timer = context.clock.setTimer(() => controller.abort(expired), this.#timeoutMs, guardTimer);
    let salt: string | undefined;
    try {
      const given = await untilAborted(Promise.resolve(this.#store.load()), controller.signal);
      const state = checkedState(given);
      if (given !== undefined && state === undefined) report(context, 'holds something else than a state of ours');
      salt = state?.salt;
      for (const entry of state?.entries ?? []) this.#entries.set(entry.fingerprint, entry);
    } catch (error) {
      report(context, 'could not be read; it begins anew', error);
    } finally {
      timer.cancel();
    }
    this.#fingerprints = new Fingerprints(salt ?? newSalt());
  }

  async #entryOf(secret: Secret, context: Context): Promise<QuarantineEntry | undefined> {
    try {
      return this.#entries.get(await this.#printOf(secret, context));
    } catch (error) {
      report(context, 'cannot tell keys apart', error);
      return undefined;
    }
  }

  /** By the salt of the store, so not before that is known. */
  async #printOf(secret: Secret, context: Context): Promise<string> {
    await this.#loaded(context);
    return (this.#fingerprints as Fingerprints).of(secret);
  }

  #loaded(context: Context): Promise<void> {
    return (this.#loading ??= this.#load(context));
  }

  /** One after the other; what changes meanwhile is saved together. */
  #save(context: Context): void {
    this.#isDirty = true;
    this.#saving ??= this.#saveAll(context);
  }

  async #saveAll(context: Context): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      const state = { salt: (this.#fingerprints as Fingerprints).salt, entries: [...this.#entries.values()] };
      try {
        await this.#store.save(state);
      } catch (error) {
        report(context, 'could not be written', error);
      }
    }
    // In the same turn as the last look, so that no change falls between the two.
    this.#saving = undefined;
  }
}

const report = ({ warn, service }: Context, what: string, error?: unknown): void =>
  warn(`holdfast ${service}: the store of quarantines ${what}`, error);
