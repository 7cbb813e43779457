import type { Binding, Context } from './call.ts';
import type { Hints } from './hints.ts';
import type { Journey } from './journey.ts';

/** What a call is made from. */
export interface CallOrigin {
  readonly context: Context;
  readonly binding: Binding & { readonly timeoutMs?: number };
  readonly method: string;
  readonly headers: Headers;
  readonly init: RequestInit;
  readonly hints: Hints;
  readonly journey: Journey;
  readonly requestedModel: string | undefined;
}

/** What stays the same however often a call is changed on its way inward. */
export class CallRoot {
  readonly context: Context;
  readonly binding: CallOrigin['binding'];
  readonly method: string;
  /** Headers as the client built them. Never mutated; changes go through `Call.with`. */
  readonly headers: Headers;
  /** What else the client handed to `fetch`; passed through to the transport. */
  readonly init: RequestInit;
  readonly hints: Hints;
  readonly journey: Journey;
  /** The model that the caller asked for, whichever answers in the end. */
  readonly requestedModel: string | undefined;
  /** `null` until somebody has asked. */
  #deadline: number | undefined | null = null;

  constructor(origin: CallOrigin) {
    this.context = origin.context;
    this.binding = origin.binding;
    this.method = origin.method;
    this.headers = origin.headers;
    this.init = origin.init;
    this.hints = origin.hints;
    this.journey = origin.journey;
    this.requestedModel = origin.requestedModel;
  }

  /** When the caller has no more use for an answer, on the monotonic clock; `undefined` if never said. */
  get deadline(): number | undefined {
    if (this.#deadline === null) {
      const totalMs = Math.min(this.#clientTimeoutMs(), this.hints.deadlineMs ?? Infinity);
      this.#deadline = totalMs === Infinity ? undefined : this.journey.startMs + totalMs;
    }
    return this.#deadline;
  }

  /**
   * The client's total timeout. A request with a timeout of its own says so in whole seconds (0 for less
   * than one); every other has the timeout that was read off the client.
   */
  #clientTimeoutMs(): number {
    const wrappedMs = this.binding.timeoutMs;
    const header = this.headers.get('x-stainless-timeout');
    if (header === null) return wrappedMs ?? Infinity;
    const seconds = Number(header);
    if (wrappedMs !== undefined && Math.trunc(wrappedMs / 1000) === seconds) return wrappedMs;
    return Math.max(1, seconds) * 1000;
  }
}
