import { signalFollowed } from './followed-signal.ts';

/**
 * A signal for one attempt. Has what layers and transports use of an `AbortSignal` and costs a tenth: a native one
 * with a listener takes about 4 µs, as much as three layers. What leaves for a foreign `fetch` gets a native one,
 * by {@link nativeSignal}.
 */
class LightSignal {
  aborted = false;
  reason: unknown = undefined;
  /** Most have one listener: the transport's. */
  #listener: (() => void) | undefined;
  #others: Set<() => void> | undefined;
  #native: AbortSignal | undefined;

  addEventListener(type: string, listener: () => void): void {
    if (type !== 'abort' || this.aborted || listener === this.#listener) return;
    if (this.#listener === undefined && this.#others === undefined) this.#listener = listener;
    else (this.#others ??= new Set()).add(listener);
  }

  removeEventListener(_type: string, listener: () => void): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#others?.delete(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  static abort(signal: LightSignal, reason: unknown): void {
    if (signal.aborted) return;
    signal.aborted = true;
    signal.reason = reason;
    const first = signal.#listener;
    const others = signal.#others;
    signal.#listener = signal.#others = undefined;
    first?.();
    if (others !== undefined) for (const listener of others) listener();
  }

  static native(signal: LightSignal): AbortSignal {
    if (signal.#native === undefined) {
      const controller = new AbortController();
      const follow = (): void => controller.abort(signal.reason);
      if (signal.aborted) follow();
      else signal.addEventListener('abort', follow);
      signal.#native = controller.signal;
    }
    return signal.#native;
  }
}

/** An `AbortController` for what stays between the layers and the transport. */
export class LightAbort {
  readonly #signal = new LightSignal();

  /** Listeners are told once, without an event. */
  get signal(): AbortSignal {
    return this.#signal as unknown as AbortSignal;
  }

  /** Ends it with `reason`, by default with what a native one is ended with. Only the first counts. */
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    LightSignal.abort(this.#signal, reason);
  }
}

/** The same signal for whoever takes none but a native one. */
export const nativeSignal = (signal: AbortSignal): AbortSignal =>
  (signal as unknown) instanceof LightSignal
    ? LightSignal.native(signal as unknown as LightSignal)
    : (signalFollowed(signal) ?? signal);
