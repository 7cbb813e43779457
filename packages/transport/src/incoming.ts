import type { ByteSource } from '@holdfast/core';
import type { Dispatcher } from 'undici';
import { bodyFailure } from './failure.ts';
import type { Lease } from './lease.ts';
import type { ParsedHeaders } from './light-headers.ts';

/** What comes before a body. */
export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ParsedHeaders;
}

/** Whoever waits for an answer. Exactly one of the two is called, once. */
export interface Waiting {
  readonly answered: (head: Head) => void;
  readonly failed: (error: unknown) => void;
}

interface Reader {
  readonly resolve: (chunk: Uint8Array | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly by: object | undefined;
}

/** Unread bytes beyond which the socket is paused. */
export const highWaterBytes: number = 64 * 1024;

/**
 * One request under way, seen from undici's side: keeps what nobody has read yet, and holds the socket back
 * when that is too much.
 */
export class Incoming implements Dispatcher.DispatchHandler, ByteSource {
  /** What it has of its pool, and gives back when it is over. */
  lease: Lease | undefined;
  /** Ends the watch over an answer that may be forgotten. */
  unwatch: (() => void) | undefined;
  /** Let go of once either happened: through its promise it holds the answer, which must be free to be forgotten. */
  #waiting: Waiting | undefined;
  /** Let go of at the end: its reason remembers where it was made, and so may lead back to the answer. */
  #signal: AbortSignal | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #state: 'waiting' | 'open' | 'ended' | 'failed' = 'waiting';
  #error: unknown;
  #abort: { readonly reason: unknown } | undefined;
  /** Reads everything: no limit holds the socket back. */
  #isFlowing = false;
  /** Whoever waits for the next bytes, and whoever waits for all. */
  #reader: Reader | undefined;
  #whenOver: (() => void) | undefined;

  constructor(waiting: Waiting, signal?: AbortSignal | null) {
    this.#waiting = waiting;
    this.#signal = signal ?? undefined;
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Whether nothing more will come. */
  get isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'failed';
  }

  /** Whether it failed because somebody on this side ended it. */
  get wasAborted(): boolean {
    return this.#abort !== undefined;
  }

  /** Ends the request wherever it is. Whoever reads fails with `reason`. */
  abort(reason: unknown): void {
    if (this.isOver) return;
    this.#abort ??= { reason };
    this.#queue = [];
    // undici asks for an `Error`; what readers get is the reason itself.
    if (this.#controller !== undefined) this.#controller.abort(aborted);
    this.#fail(reason);
  }

  cancel(reason: unknown): void {
    this.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abort !== undefined) controller.abort(aborted);
  }

  onResponseStart(_: unknown, status: number, headers: ParsedHeaders, statusText = ''): void {
    // 1xx are news of the way and no answer.
    if (status < 200) return;
    this.#state = 'open';
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.answered({ status, statusText, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#isFlowing) return;
    if (this.#queuedBytes > highWaterBytes) controller.pause();
    // One read of the socket brings several chunks of HTTP, each parsed in the same turn: readers get them as one.
    if (this.#reader !== undefined && this.#queue.length === 1) queueMicrotask(this.#deliver);
  }

  onResponseEnd(): void {
    if (this.#state === 'failed') return;
    this.#state = 'ended';
    this.#over();
  }

  onResponseError(_: unknown, error: unknown): void {
    this.#fail(this.#abort === undefined ? error : this.#abort.reason);
  }

  /** All that is there, `undefined` at the end. One reader at a time; `by` stays alive until it has its answer. */
  read(by?: object): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    if (this.#queue.length > 0) return this.#take();
    if (this.#state === 'ended') return undefined;
    if (this.#state === 'failed') throw this.#error;
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject, by }));
  }

  /** Everything up to the end. */
  async readAll(): Promise<readonly Uint8Array[]> {
    this.#isFlowing = true;
    if (this.#controller?.paused === true) this.#controller.resume();
    if (this.#state === 'open') await new Promise<void>((resolve) => (this.#whenOver = resolve));
    if (this.#state === 'failed') throw this.#error;
    return this.#queue;
  }

  #fail(error: unknown): void {
    if (this.isOver) return;
    // The reason of an abort stays what it is, also where it has a code as errors of the system have.
    this.#error = this.#state === 'waiting' || this.wasAborted ? error : bodyFailure(error);
    this.#state = 'failed';
    this.#over();
    this.#waiting?.failed(error);
    this.#waiting = undefined;
  }

  #over(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#signal = undefined;
    this.unwatch?.();
    this.lease?.end(this.#state === 'ended');
    this.#whenOver?.();
    this.#whenOver = undefined;
    // What came last goes first.
    if (this.#queue.length > 0) return;
    if (this.#state === 'failed') this.#reader?.reject(this.#error);
    else this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  readonly #onAbort = (): void => this.abort(this.#signal?.reason);

  readonly #deliver = (): void => {
    const reader = this.#reader;
    if (reader === undefined || this.#queue.length === 0) return;
    this.#reader = undefined;
    reader.resolve(this.#take());
  };

  #take(): Uint8Array {
    const [only] = this.#queue;
    const chunk = this.#queue.length === 1 && only !== undefined ? only : Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#controller?.paused === true) this.#controller.resume();
    return chunk;
  }
}

/** Made once: an error with a stack for each abort costs more than the abort. */
const aborted = new DOMException('This operation was aborted', 'AbortError') as Error;
