import { before, type ByteSource } from './byte-source.ts';
import { lazyStream, takeSource } from './lazy-stream.ts';
import type { Pace } from './pace.ts';

/** Bytes read ahead at most. A longer answer that has come so far is on its way. */
const maxHeldBytes = 1024 * 1024;

/** A plain body that was read ahead of its caller, who reads it as if nobody had. */
export class HeldBody {
  /** The rest is still to come. */
  readonly isPartial: boolean;
  readonly #original: Response;
  readonly #chunks: readonly Uint8Array[];
  readonly #rest: ByteSource | undefined;
  #response: Response | undefined;
  #isRead = false;

  /** @param rest - what is behind `chunks`; `undefined` where they are all there is. */
  constructor(original: Response, chunks: readonly Uint8Array[], rest: ByteSource | undefined) {
    this.isPartial = rest !== undefined;
    this.#original = original;
    this.#chunks = chunks;
    this.#rest = rest;
  }

  get isUsed(): boolean {
    return this.#isRead || this.#response?.bodyUsed === true;
  }

  /** The same answer with the body unread, for every reader but the usual one; made when it is needed. */
  get response(): Response {
    if (this.#response === undefined) {
      const { status, statusText, headers } = this.#original;
      this.#response = new Response(lazyStream(before(this.#chunks, this.#rest)), { status, statusText, headers });
      if (this.#isRead) void this.#response.text();
    }
    return this.#response;
  }

  async text(): Promise<string> {
    if (this.isPartial || this.#response !== undefined) return this.response.text();
    this.#isRead = true;
    const decoder = new TextDecoder();
    return this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
  }

  /** A copy whose body is read on its own. */
  clone(): Response {
    const copy = this.response.clone();
    return Object.defineProperty(copy, 'url', { value: this.#original.url, configurable: true });
  }
}

/**
 * Reads a plain answer that nobody has touched before it is handed on, so that one which drips or breaks is a failed
 * attempt. `undefined` where there is nothing to read in this way.
 */
export async function heldBody(response: Response, pace: Pace): Promise<HeldBody | undefined> {
  const { body } = response;
  if (body === null || !('getReader' in body)) return undefined;
  const source = takeSource(body);
  const chunks: Uint8Array[] = [];
  let heldBytes = 0;
  while (heldBytes < maxHeldBytes) {
    const next = source.read();
    // What has come with the headers is there at once.
    const chunk = next instanceof Promise ? await next : next;
    if (chunk === undefined) {
      pace.arrived();
      return new HeldBody(response, chunks, undefined);
    }
    chunks.push(chunk);
    heldBytes += chunk.length;
  }
  return new HeldBody(response, chunks, source);
}
