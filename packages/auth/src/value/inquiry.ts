import { announce, type Clock, type Context, type Secret } from '@holdfast/core';
import type { Asker } from './asker.ts';
import { Cooldown } from './cooldown.ts';
import { CredentialError } from '../credential-error.ts';
import type { RefreshEvent, RefreshTrigger } from '../events.ts';
import type { HeldValue } from './held-value.ts';
import { lifetimeOf } from './lifetime.ts';
import type { RefreshMeans } from '../options.ts';
import { readOther } from './read-other.ts';
import type { CredentialSource } from '../source.ts';

/** Why and for whom a source is asked. `first`: there is no value to be replaced. */
export interface Occasion {
  readonly trigger: RefreshTrigger | 'first';
  readonly asker: Asker;
  readonly rejected?: Secret | undefined;
}

/** One question to the source, for all who wait for its answer. */
export interface Flight {
  readonly answer: Promise<Secret>;
  readonly controller: AbortController;
}

/** Asks one source, one question at a time, and puts what it gives into the value that is held. */
export class Inquiry {
  readonly #id: string;
  readonly #source: CredentialSource;
  readonly #means: RefreshMeans;
  readonly #value: HeldValue;
  #cooldown: Cooldown | undefined;
  #flight: Flight | undefined;
  #unwatch: (() => void) | undefined;
  /** The source has something else than what is held. */
  #isChanged = false;
  #isClosed = false;

  /** @param id - names the source in events. */
  constructor(
    id: string,
    about: { readonly source: CredentialSource; readonly means: RefreshMeans; readonly value: HeldValue },
  ) {
    this.#id = id;
    this.#source = about.source;
    this.#means = about.means;
    this.#value = about.value;
  }

  /** Whether a question is under way. */
  get isAsking(): boolean {
    return this.#flight !== undefined;
  }

  /** Why the source is left alone, and for how long; `undefined` if it is not. */
  rest(clock: Clock): { readonly reason: string; readonly leftMs: number } | undefined {
    const leftMs = this.#cooldown?.leftMs(clock.monotonic()) ?? 0;
    return leftMs <= 0 ? undefined : { leftMs, reason: (this.#cooldown as Cooldown).reason };
  }

  /** The question that is under way, or a new one; `undefined` while the source is left alone. */
  ask(occasion: Occasion): Flight | undefined {
    if (this.#flight !== undefined) return this.#flight;
    const { context } = occasion.asker;
    if (this.#isClosed || this.rest(context.clock) !== undefined) return undefined;
    this.#watch(context);
    const controller = new AbortController();
    // Begins a turn later: a source that asks for its own credential finds its own question, and asks no second one.
    const answer = Promise.resolve().then(() => this.#run(occasion, controller.signal));
    // Those who wait hear of a failure; there may be nobody who does.
    answer.catch(() => undefined);
    return (this.#flight = { answer, controller });
  }

  /** Asks in the background because the value has ended soon, or because the watch said so. */
  renewStale(asker: Asker): void {
    this.ask({ trigger: this.#isChanged ? 'changed' : 'ending', asker });
  }

  /** @throws CredentialError while the source is left alone. */
  demand(occasion: Occasion): Flight {
    const flight = this.ask(occasion);
    if (flight !== undefined) return flight;
    const rest = this.rest(occasion.asker.context.clock);
    throw new CredentialError(rest?.reason ?? `${this.#source.id} was closed`, rest?.leftMs);
  }

  /** Whatever it said before, it may be asked. */
  wake(): void {
    this.#cooldown = undefined;
  }

  /** No 401 is a reason to ask for a while. */
  pause(clock: Clock): void {
    this.#value.pause(clock.monotonic() + this.#means.pauseMs);
  }

  /** Ends the watch. Whoever has the value still may go on. */
  release(): void {
    const unwatch = this.#unwatch;
    this.#unwatch = () => undefined;
    unwatch?.();
  }

  /** Ends the watch and whatever question is under way. */
  close(): void {
    this.#isClosed = true;
    this.release();
    this.#flight?.controller.abort();
  }

  async #run(occasion: Occasion, ended: AbortSignal): Promise<Secret> {
    const { asker, trigger, rejected } = occasion;
    const { clock, random } = asker.context;
    const { timeoutMs, waitMs } = this.#means;
    const startedMs = clock.monotonic();
    const before = rejected ?? this.#value.secret;
    try {
      const { secret: given, expiresAtMs } = await readOther(this.#source, {
        ...{ clock, random, timeoutMs, rejected, ended },
        // Only a rejected value is a reason to ask once more when it comes again.
        waitMs: trigger === 'rejected' ? waitMs : 0,
        asking: () => (this.#isChanged = false),
      });
      const life = lifetimeOf(expiresAtMs, { nowMs: clock.now(), random, rules: this.#means });
      const secret = this.#value.put(given, life);
      this.#cooldown = undefined;
      if (rejected?.equals(secret) === true) this.pause(clock);
      else if (trigger === 'rejected') this.#value.putOnTrial(secret);
      // It changed once more while it was read.
      if (this.#isChanged) this.#value.makeStale();
      const result = before?.equals(secret) === true ? 'unchanged' : 'renewed';
      this.#announce(occasion, { result, durationMs: clock.monotonic() - startedMs });
      return secret;
    } catch (error) {
      throw this.#failed(occasion, error, clock.monotonic() - startedMs);
    } finally {
      this.#flight = undefined;
    }
  }

  /** Leaves the source alone for a while. What is held and holds goes on serving. */
  #failed(occasion: Occasion, error: unknown, durationMs: number): CredentialError {
    const { context } = occasion.asker;
    const { clock, random } = context;
    const reason = error instanceof CredentialError ? error.message : `${this.#source.id} failed`;
    const nowMs = clock.monotonic();
    if (!this.#isClosed) this.#cooldown = new Cooldown(this.#cooldown, reason, { nowMs, random, rules: this.#means });
    if (occasion.trigger === 'changed') this.#changed(context);
    this.#announce(occasion, { result: 'failed', reason, durationMs });
    return new CredentialError(reason, this.#cooldown?.leftMs(nowMs));
  }

  #watch(context: Context): void {
    if (this.#unwatch !== undefined || this.#source.watch === undefined) return;
    try {
      this.#unwatch = this.#source.watch(() => this.#changed(context));
    } catch {
      context.warn(`holdfast ${context.service}: ${this.#source.id} cannot be watched; it is asked as needed`);
      this.#unwatch = () => undefined;
    }
  }

  /** While it is left alone, the first call after that asks. */
  #changed(context: Context): void {
    if (this.#isClosed) return;
    this.#isChanged = true;
    this.#value.makeStale();
    this.renewStale({ context });
  }

  #announce({ asker, trigger }: Occasion, event: Pick<RefreshEvent, 'result' | 'durationMs' | 'reason'>): void {
    if (trigger === 'first') return;
    const { context, id: callId } = asker;
    const about = { ...(callId !== undefined && { callId }), service: context.service, credential: this.#id, trigger };
    announce(context, 'auth.onRefresh', this.#means.onRefresh, { ...about, ...event });
  }
}
