import type { Clock } from './clock.ts';
import type { Fault } from './fault.ts';

/** One request to an upstream and how it went. Filled in while it runs. */
export interface AttemptEntry {
  readonly type: 'attempt';
  readonly atMs: number;
  /** 1-based over the whole call: retries, rungs and credential changes all count. */
  readonly number: number;
  readonly origin: string;
  readonly model: string | undefined;
  /** Id of the credential, never a part of it. */
  readonly credential: string | undefined;
  /** What the credential shares its rate limits with, such as a project, where that is known. */
  readonly limitDomain?: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
  fault: Fault | undefined;
  /** Until the headers came or the attempt failed. */
  durationMs: number | undefined;
}

/** What is known of a request as it begins. */
export interface AttemptStart extends Pick<AttemptEntry, 'origin' | 'model' | 'credential' | 'limitDomain'> {
  /** On the monotonic clock. */
  readonly startedMs: number;
}

/** Time spent on purpose. */
export interface WaitEntry {
  readonly type: 'wait';
  readonly atMs: number;
  readonly layer: string;
  readonly delayMs: number;
  readonly reason: string;
}

/** Holdfast said no. */
export interface RefusalEntry {
  readonly type: 'refusal';
  readonly atMs: number;
  readonly layer: string;
  readonly code: string;
  readonly reason: string;
}

/** A layer chose: another model, another credential, not to retry, … */
export interface DecisionEntry {
  readonly type: 'decision';
  readonly atMs: number;
  readonly layer: string;
  readonly action: string;
  readonly reason: string;
}

/** What a journey is made of. Every `atMs` counts from the start of the call. */
export type JourneyEntry = AttemptEntry | WaitEntry | RefusalEntry | DecisionEntry;

/** Entries kept per call. A call that needs more is in a loop, and the beginning tells why. */
const maxEntries = 200;

/**
 * The flight recorder of one call: every attempt, wait, refusal and decision with its reason.
 * Holds no secret, prompt or completion.
 */
export class Journey {
  readonly service: string;
  #entries: JourneyEntry[] | undefined;
  readonly #startMs: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Gives the id, and then is the id: most calls end without anybody asking. */
  #callId: string | (() => string);
  #attempts = 0;
  #dropped = 0;

  constructor(callId: string | (() => string), service: string, clock: Pick<Clock, 'monotonic'>) {
    this.#callId = callId;
    this.service = service;
    this.#clock = clock;
    this.#startMs = clock.monotonic();
  }

  /** Unique within the process. */
  get callId(): string {
    if (typeof this.#callId === 'function') this.#callId = this.#callId();
    return this.#callId;
  }

  /** When the call began, on the monotonic clock. */
  get startMs(): number {
    return this.#startMs;
  }

  /** In the order in which they happened. */
  get entries(): readonly JourneyEntry[] {
    return this.#entries ?? [];
  }

  /** How many requests were sent, or at least begun. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Entries that did not fit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Milliseconds since the call began. */
  elapsedMs(): number {
    return this.#clock.monotonic() - this.#startMs;
  }

  /** Begins the record of a request; the sender fills in how it went. */
  attempt({ origin, model, credential, limitDomain, startedMs }: AttemptStart): AttemptEntry {
    const atMs = startedMs - this.#startMs;
    // All fields at once, as adding them one by one would make it a larger object in four steps.
    const entry: AttemptEntry = {
      type: 'attempt',
      atMs,
      number: ++this.#attempts,
      origin,
      model,
      credential,
      limitDomain,
      status: undefined,
      requestId: undefined,
      fault: undefined,
      durationMs: undefined,
    };
    this.#add(entry);
    return entry;
  }

  wait(layer: string, delayMs: number, reason: string): void {
    this.#add({ type: 'wait', atMs: this.elapsedMs(), layer, delayMs, reason });
  }

  refusal(layer: string, code: string, reason: string): void {
    this.#add({ type: 'refusal', atMs: this.elapsedMs(), layer, code, reason });
  }

  decision(layer: string, action: string, reason: string): void {
    this.#add({ type: 'decision', atMs: this.elapsedMs(), layer, action, reason });
  }

  toJSON(): object {
    return { callId: this.callId, service: this.service, entries: this.entries, dropped: this.#dropped };
  }

  #add(entry: JourneyEntry): void {
    // Most calls have one entry; an empty array would make room for seventeen.
    if (this.#entries === undefined) this.#entries = [entry];
    else if (this.#entries.length < maxEntries) this.#entries.push(entry);
    else this.#dropped++;
  }
}
