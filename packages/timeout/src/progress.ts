import type { AttemptTimeoutCode, PaceEvent } from '@holdfast/core';
import type { ResolvedLimits } from './options.ts';

/** Sums of fractions differ by less. A timer for such a rest would find it again, for ever. */
export const slackMs = 0.001;

/** A limit that runs. */
export interface Due {
  readonly code: AttemptTimeoutCode;
  /** When it is used up. */
  readonly atMs: number;
}

/** How far an attempt has come, and so which limits run. All times are on the stopwatch of the attempt. */
export class Progress {
  readonly #limits: ResolvedLimits;
  /** Whether an event stream was asked for: what bounds its beginning runs before anybody knows what comes. */
  readonly #isAsked: boolean;
  #isStream: boolean;
  /** When the request left whose headers are waited for. */
  #sentMs: number | undefined;
  #events = 0;
  #contents = 0;
  #lastMs = 0;
  #isReasoning = false;
  /** When the stretch began in which the floor is looked at, and what came in it. */
  #windowMs: number | undefined;
  #tokens = 0;

  constructor(limits: ResolvedLimits, isAsked: boolean) {
    this.#limits = limits;
    this.#isAsked = isAsked;
    this.#isStream = isAsked;
  }

  /** Events with content that came. */
  get contents(): number {
    return this.#contents;
  }

  /** Events with content in the stretch that is looked at. */
  get tokens(): number {
    return this.#tokens;
  }

  sent(atMs: number): void {
    this.#sentMs = atMs;
    this.#isStream = this.#isAsked;
  }

  headersCame(isStream: boolean): void {
    this.#sentMs = undefined;
    this.#isStream = isStream;
  }

  /** Returns whether a limit has begun that did not run before. */
  event(atMs: number, kind: PaceEvent): boolean {
    this.#events++;
    if (kind === 'none') return false;
    if (kind !== 'thinking') this.#contents++;
    this.#lastMs = atMs;
    const wasReasoning = this.#isReasoning;
    this.#isReasoning = kind === 'reasoning' || kind === 'thinking';
    if (this.#isReasoning) this.#windowMs = undefined;
    else if (this.#windowMs === undefined) this.#beginWindow(atMs);
    else this.#tokens++;
    return this.#contents === 1 || wasReasoning !== this.#isReasoning;
  }

  /** The limit that was used up first of those that are; `undefined` if none is. */
  exceeded(nowMs: number): Due | undefined {
    const atMs = nowMs + slackMs;
    this.#rollWindow(atMs);
    const first = this.next();
    return first !== undefined && first.atMs <= atMs ? first : undefined;
  }

  /** The limit that is used up first, unless something comes before. */
  next(): Due | undefined {
    const { attemptMs, headersMs, firstEventMs, firstContentMs, rateWindowMs, minTokensPerSecond } = this.#limits;
    let first = earlier(undefined, 'attempt_timeout', attemptMs, 0);
    first = earlier(first, 'headers_timeout', headersMs, this.#sentMs);
    if (!this.#isStream) return first;
    if (this.#events === 0) first = earlier(first, 'first_event_timeout', firstEventMs, 0);
    if (this.#contents === 0) return earlier(first, 'first_content_timeout', firstContentMs, 0);
    if (minTokensPerSecond !== undefined) first = earlier(first, 'stream_too_slow', rateWindowMs, this.#windowMs);
    return this.#isReasoning
      ? earlier(first, 'reasoning_idle_timeout', this.#limits.reasoningIdleMs, this.#lastMs)
      : earlier(first, 'stream_idle_timeout', this.#limits.idleMs, this.#lastMs);
  }

  #beginWindow(atMs: number): void {
    this.#windowMs = atMs;
    this.#tokens = 0;
  }

  /** A stretch that was good enough is followed by the next. */
  #rollWindow(atMs: number): void {
    const { minTokensPerSecond = 0, rateWindowMs } = this.#limits;
    if (this.#windowMs === undefined || atMs < this.#windowMs + rateWindowMs) return;
    if (this.#tokens >= (minTokensPerSecond * rateWindowMs) / 1000) this.#beginWindow(atMs);
  }
}

/** The earlier of a limit and another, which runs from `sinceMs`; a limit without either does not run. */
function earlier(
  first: Due | undefined,
  code: AttemptTimeoutCode,
  limitMs: number | undefined,
  sinceMs: number | undefined,
): Due | undefined {
  if (limitMs === undefined || sinceMs === undefined) return first;
  const atMs = sinceMs + limitMs;
  return first === undefined || atMs < first.atMs ? { code, atMs } : first;
}
