import { iterated } from './byte-source.ts';
import { isDisturbed, lazyStream } from './lazy-stream.ts';
import { sideTable, type SideTable } from './side-table.ts';
import { judged, plainTap, settle, settleBroken, type Tap } from './tap-state.ts';
import { tappedStream } from './tapped-stream.ts';

/** The tapped readers of one class of responses, and the taps that they look up. */
export interface Tapped {
  readonly prototype: object;
  /** Of its own, so that a response that passes through two pipelines has a tap of each. */
  readonly taps: SideTable<Tap>;
}

/** The readers of `base`, each telling the tap how the reading ended. */
export function tappedClass(base: Response): Tapped {
  const taps = sideTable<Tap>();
  const native = <K extends 'body' | 'bodyUsed'>(response: Response, name: K): Response[K] =>
    Reflect.get(base, name, response) as Response[K];
  const bodyOf = (response: Response, { held }: Tap): Response['body'] =>
    held === undefined ? native(response, 'body') : held.response.body;

  /** Reading twice is the caller's mistake and says nothing about the answer. */
  const isUsed = (response: Response): boolean => response.bodyUsed || taps.get(response)?.body?.locked === true;

  /** Reads with `read` and tells how it went. */
  async function reading<T>(response: Response, read: () => Promise<T>): Promise<T> {
    const tap = taps.get(response) as Tap;
    tap.pace?.waiting();
    try {
      const value = await read.call(tap.held?.response ?? response);
      settle(tap, 'complete');
      return value;
    } catch (error) {
      settleBroken(tap, error);
      throw error;
    }
  }

  const plain = (name: 'arrayBuffer' | 'blob' | 'formData' | 'bytes') =>
    async function (this: Response): Promise<unknown> {
      if (isUsed(this)) return spent()[name]();
      if (taps.get(this)?.stream !== undefined) return new Response(this.body, { headers: this.headers })[name]();
      const { held } = taps.get(this) as Tap;
      return reading(this, (held === undefined ? base : held.response)[name] as () => Promise<unknown>);
    };

  async function readText(response: Response, tap: Tap): Promise<string> {
    tap.pace?.waiting();
    try {
      return judged(tap, await (tap.held === undefined ? base.text.call(response) : tap.held.text()));
    } catch (error) {
      settleBroken(tap, error);
      throw error;
    }
  }

  const readers: Record<string, unknown> = {
    // Not `async`, like `json`: each would be one more promise around every answer.
    text(this: Response): Promise<string> {
      if (isUsed(this)) return spent().text();
      const tap = taps.get(this) as Tap;
      return tap.stream === undefined ? readText(this, tap) : new Response(this.body).text();
    },
    json(this: Response): Promise<unknown> {
      return isUsed(this) ? spent().json() : this.text().then(parseJson);
    },
    arrayBuffer: plain('arrayBuffer'),
    blob: plain('blob'),
    formData: plain('formData'),
    bytes: plain('bytes'),
    clone(this: Response): Response {
      if (isUsed(this)) return spent().clone();
      const tap = taps.get(this) as Tap;
      if (tap.held !== undefined) return tap.held.clone();
      // The stream made for `body` finds its half by itself, but the native clone does not know who holds it, nor what
      // is to be taken out.
      return tap.isReplaced || tap.omission !== undefined ? split(this, tap) : base.clone.call(this);
    },
  };
  const descriptors: PropertyDescriptorMap = Object.fromEntries(
    Object.entries(readers).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
  );
  descriptors['body'] = {
    configurable: true,
    get(this: Response): ReadableStream<Uint8Array> | null {
      const tap = taps.get(this) as Tap;
      if (tap.body !== undefined) return tap.body;
      const body = bodyOf(this, tap);
      // Some fetches have streams of their own kind; those pass as they are, unless something is to be taken out.
      if (body === null || (tap.omission === undefined && !('getReader' in body))) return body;
      // `source` keeps the response, so that it is not taken for abandoned while its body is read.
      tap.body = tappedStream(() => webStream(bodyOf(this, tap)), tap.stream ?? plainTap(tap));
      return tap.body;
    },
  };
  descriptors['bodyUsed'] = {
    configurable: true,
    get(this: Response): boolean {
      const { isReplaced, body, held } = taps.get(this) as Tap;
      // What was read to keep it back is still to be read by the caller.
      if (held !== undefined) return held.isUsed;
      return isReplaced && body !== undefined ? isDisturbed(body) : native(this, 'bodyUsed');
    },
  };
  return { prototype: Object.create(base, descriptors) as object, taps };
}

/** A body as a stream of the runtime's own, for what has to be read on the way. */
const webStream = (body: Response['body']): ReadableStream<Uint8Array> =>
  'getReader' in (body as object)
    ? (body as ReadableStream<Uint8Array>)
    : lazyStream(iterated(body as unknown as AsyncIterable<Uint8Array>));

/** A copy of a response whose native body is no longer what its caller reads. */
function split(response: Response, tap: Tap): Response {
  const [own, other] = (response.body as ReadableStream<Uint8Array>).tee();
  // What was to be taken out of both is.
  tap.replace(own, undefined);
  const { status, statusText, headers, url } = response;
  const copy = new Response(other, { status, statusText, headers });
  return Object.defineProperty(copy, 'url', { value: url, configurable: true });
}

/** A response that was read, whose readers fail in the runtime's own words. */
function spent(): Response {
  const response = new Response('read');
  void response.text();
  return response;
}

const parseJson = (text: string): unknown => JSON.parse(text) as unknown;
