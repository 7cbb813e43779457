/**
 * A signal that ends with another and does not hold it. While a stream is read, clients have listeners on their signal
 * that hold its body: whatever waits for the end of the stream and held that signal would hold what it waits for, so
 * that a stream that nobody reads on would never be known as such. Has what layers and transports use of an
 * `AbortSignal`, and listens itself only while somebody listens to it.
 */
class FollowedSignal {
  readonly #followed: WeakRef<AbortSignal>;
  readonly #listeners = new Set<() => void>();
  #aborted = false;
  #reason: unknown = undefined;

  constructor(followed: AbortSignal) {
    this.#followed = new WeakRef(followed);
  }

  get aborted(): boolean {
    if (!this.#aborted) this.#look(this.#followed.deref());
    return this.#aborted;
  }

  get reason(): unknown {
    return this.aborted ? this.#reason : undefined;
  }

  addEventListener(type: string, listener: () => void): void {
    if (type !== 'abort' || this.aborted) return;
    if (this.#listeners.size === 0) this.#followed.deref()?.addEventListener('abort', this.#tell, { once: true });
    this.#listeners.add(listener);
  }

  removeEventListener(_type: string, listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0)
      this.#followed.deref()?.removeEventListener('abort', this.#tell);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  static nativeOf(signal: FollowedSignal): AbortSignal {
    const followed = signal.#followed.deref();
    if (followed !== undefined) return followed;
    return signal.#aborted ? AbortSignal.abort(signal.#reason) : new AbortController().signal;
  }

  #look(followed: AbortSignal | undefined): void {
    if (followed?.aborted !== true) return;
    this.#aborted = true;
    this.#reason = followed.reason;
  }

  readonly #tell = (): void => {
    this.#look(this.#followed.deref());
    for (const listener of [...this.#listeners]) listener();
  };
}

/** A signal that ends with `signal` and does not hold it. */
export const followedSignal = (signal: AbortSignal): AbortSignal =>
  new FollowedSignal(signal) as unknown as AbortSignal;

/** The signal that one follows; `undefined` if it follows none. */
export const signalFollowed = (signal: AbortSignal): AbortSignal | undefined =>
  (signal as unknown) instanceof FollowedSignal
    ? FollowedSignal.nativeOf(signal as unknown as FollowedSignal)
    : undefined;
