import { isDisturbed, lazyStream, takeSource, takeUntouched, type ByteSource } from '@holdfast/core';
import type { BodySource } from './held-body.ts';
import type { Head } from './incoming.ts';
import { lightHeaders } from './light-headers.ts';

/** Where an answer came from, and how its body is to be read. */
export interface Answer {
  readonly url: string;
  readonly head: Head;
  /** `undefined` for an answer that has no body by its nature. */
  readonly body: BodySource | undefined;
}

/**
 * The answer to a request. A `Response` for everybody who asks, and `text()` and `json()` take the short way
 * from the socket; the web stream is made when somebody wants it.
 */
class LightResponse {
  readonly #answer: Answer;
  #headers: Headers | undefined;
  #body: ReadableStream<Uint8Array> | null | undefined;
  #isUsed = false;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  get status(): number {
    return this.#answer.head.status;
  }

  get ok(): boolean {
    const { status } = this.#answer.head;
    return status >= 200 && status < 300;
  }

  get statusText(): string {
    return this.#answer.head.statusText;
  }

  get url(): string {
    return this.#answer.url;
  }

  get type(): ResponseType {
    return 'basic';
  }

  get redirected(): boolean {
    return false;
  }

  get headers(): Headers {
    return (this.#headers ??= lightHeaders(this.#answer.head.headers));
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#stream();
  }

  /** The body itself. `this.body` may be what somebody has put over it. */
  #stream(): ReadableStream<Uint8Array> | null {
    if (this.#body === undefined) {
      const { body } = this.#answer;
      if (body === undefined) this.#body = null;
      // Read already, or being read: what is left is a stream that somebody else holds.
      else if (this.#isUsed) this.#body = heldStream();
      else this.#body = lazyStream(body, 'bytes');
    }
    return this.#body;
  }

  get bodyUsed(): boolean {
    return this.#isUsed || (this.#body != null && isDisturbed(this.#body));
  }

  async text(): Promise<string> {
    const text = decoded(await this.#chunks());
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(Buffer.concat(await this.#chunks()));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer as ArrayBuffer;
  }

  async blob(): Promise<Blob> {
    // The runtime writes a type in its own way.
    const { type } = await new Response(null, { headers: this.headers }).blob();
    return new Blob([(await this.bytes()) as Uint8Array<ArrayBuffer>], { type });
  }

  async formData(): Promise<FormData> {
    const body = await this.arrayBuffer();
    return new Response(body, { headers: this.headers }).formData();
  }

  clone(): Response {
    const { url, head, body } = this.#answer;
    if (this.bodyUsed || this.#body?.locked === true)
      throw new TypeError('Response.clone: Body has already been consumed.');
    if (body === undefined) return lightResponse({ url, head, body });
    const [mine, theirs] = (this.#stream() as ReadableStream<Uint8Array>).tee();
    this.#body = mine;
    return lightResponse({ url, head, body: readFrom(takeSource(theirs)) });
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this as unknown as Response;
    return { status, statusText, headers, body, bodyUsed, ok, redirected, type, url };
  }

  async #chunks(): Promise<readonly Uint8Array[]> {
    if (this.bodyUsed || this.#body?.locked === true)
      throw new TypeError('Body is unusable: Body has already been read');
    const { body } = this.#answer;
    if (body === undefined) return [];
    this.#isUsed = true;
    // Somebody has made the stream, and may be holding it.
    if (this.#body != null && takeUntouched(this.#body) === undefined)
      return [new Uint8Array(await new Response(this.#body).arrayBuffer())];
    return body.readAll();
  }
}

Object.setPrototypeOf(LightResponse.prototype, Response.prototype);
Object.defineProperty(LightResponse.prototype, 'constructor', { value: Response, writable: true, configurable: true });

function decoded(chunks: readonly Uint8Array[]): string {
  const [only] = chunks;
  const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function heldStream(): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  stream.getReader();
  return stream;
}

const readFrom = (source: ByteSource): BodySource => ({
  read: () => source.read(),
  cancel: (reason) => source.cancel(reason),
  async readAll() {
    const chunks: Uint8Array[] = [];
    for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(chunk);
    return chunks;
  },
});

/** @returns a response that looks and behaves like `Response`. */
export const lightResponse = (answer: Answer): Response => new LightResponse(answer) as unknown as Response;
