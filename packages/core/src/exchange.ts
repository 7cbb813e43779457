import type { Context } from './call.ts';
import type { Fault } from './fault.ts';
import type { Journey } from './journey.ts';
import { notify } from './notify.ts';
import { Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import { sideTable } from './side-table.ts';
import { watchUnread, type Batch, type Reader } from './unread.ts';

/** Told once how a call or attempt ended. */
export type OutcomeListener = (outcome: Outcome) => void;

/** Told when the first content came, in milliseconds from the start of the attempt. */
export type ContentListener = (elapsedMs: number) => void;

/**
 * What is known of one answer: the journey it ended, its fault, whether it is a refusal of ours,
 * and, once its body has ended, its outcome.
 */
export class Exchange implements Reader {
  readonly journey: Journey;
  /** Known from status, headers and error body, before any of the body reached the caller. */
  readonly fault: Fault | undefined;
  readonly refusal: Refusal | undefined;
  readonly #context: Context;
  #outcome: Outcome | undefined;
  #listeners: OutcomeListener[] | undefined;
  #contentListeners: ContentListener[] | undefined;
  /** When the first content came, for those who ask after a stream was kept back beyond it. */
  #contentMs: number | undefined;
  #waiting: Set<Reader> | undefined;
  #status: number | undefined;

  constructor(context: Context, journey: Journey, fault?: Fault, refusal?: Refusal) {
    this.#context = context;
    this.journey = journey;
    this.fault = fault;
    this.refusal = refusal;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Tells `listener` how it ended, at once if it has. */
  onSettled(listener: OutcomeListener): void {
    if (this.#outcome !== undefined) notify(this.#context, 'onSettled', listener, this.#outcome);
    else (this.#listeners ??= []).push(listener);
  }

  /** Tells `listener` when the first content comes, at once if it has; one without any says so in its outcome. */
  onFirstContent(listener: ContentListener): void {
    if (this.#contentMs !== undefined) notify(this.#context, 'onFirstContent', listener, this.#contentMs);
    else if (this.#outcome === undefined) (this.#contentListeners ??= []).push(listener);
  }

  /** Whether anybody wants to know of the first content. Finding it means looking into events. */
  get awaitsContent(): boolean {
    return this.#contentListeners !== undefined;
  }

  contentCame(elapsedMs: number): void {
    this.#contentMs ??= elapsedMs;
    const listeners = this.#contentListeners;
    this.#contentListeners = undefined;
    if (listeners !== undefined)
      for (const listener of listeners) notify(this.#context, 'onFirstContent', listener, elapsedMs);
  }

  /** Settles when the answer is gone without having been read: when nobody holds what is returned. */
  watch(status: number): Batch {
    const batch = watchUnread(this);
    this.#status = status;
    this.#waiting = batch.waiting;
    return batch;
  }

  abandoned(): void {
    const durationMs = this.journey.elapsedMs();
    this.settle(new Outcome({ ending: 'abandoned', status: this.#status, durationMs }));
  }

  /** The end. Only the first counts. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#waiting?.delete(this);
    this.#waiting = undefined;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#contentListeners = undefined;
    if (listeners !== undefined)
      for (const listener of listeners) notify(this.#context, 'onSettled', listener, outcome);
  }
}

/**
 * Kept by the `headers` object, which the client hands on to its errors, and by the errors that
 * `fetch` throws, so it lives exactly as long as they do.
 */
const exchanges = sideTable<Exchange>();

/** Remembers what is known of a response or a thrown error. */
export function track(source: Response | Error, exchange: Exchange): void {
  exchanges.set(source instanceof Error ? source : source.headers, exchange);
}

/** What is known of a response, of an error of the client's, or of one that `fetch` threw. */
export function exchangeOf(source: unknown): Exchange | undefined {
  let current = source;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    const headers = 'headers' in current ? current.headers : undefined;
    const found =
      exchanges.get(current) ?? (typeof headers === 'object' && headers !== null ? exchanges.get(headers) : undefined);
    if (found !== undefined) return found;
    current = 'cause' in current ? current.cause : undefined;
  }
  return undefined;
}

/** The flight recorder of the call that gave this response or error; `undefined` if none of ours did. */
export function journeyOf(source: unknown): Journey | undefined {
  return exchangeOf(source)?.journey;
}

/** How the call that gave this response or error ended; `undefined` while its body is under way. */
export function outcomeOf(source: unknown): Outcome | undefined {
  return exchangeOf(source)?.outcome;
}

/** Details of a refusal, from the response or the error that the client made of it. */
export function refusalOf(source: unknown): Refusal | undefined {
  return exchangeOf(source)?.refusal;
}

/** The fault that a response stands for; `undefined` if it is an answer. */
export function faultOf(response: Response): Fault | undefined {
  return exchanges.get(response.headers)?.fault;
}

/** Tells `listener` once how `response` ended, when its body has. */
export function onSettled(response: Response, listener: OutcomeListener): void {
  const exchange = exchanges.get(response.headers);
  if (exchange !== undefined) exchange.onSettled(listener);
  else listener(new Outcome({ ending: 'abandoned', status: response.status, durationMs: 0 }));
}

/** Tells `listener` once when the first content of `response` comes, if it does before the end. */
export function onFirstContent(response: Response, listener: ContentListener): void {
  exchanges.get(response.headers)?.onFirstContent(listener);
}
