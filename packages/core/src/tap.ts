import type { Call } from './call.ts';
import type { ByteSource } from './byte-source.ts';
import { Exchange, track } from './exchange.ts';
import { fault, type Fault } from './fault.ts';
import { Outcome, type Ending } from './outcome.ts';
import { faultOfThrown } from './fault-of-thrown.ts';
import { lazyStream, takeSource } from './lazy-stream.ts';
import { sideTable, type SideTable } from './side-table.ts';
import { StreamTap } from './stream-tap.ts';
import { tappedStream, type BodyTap } from './tapped-stream.ts';

/** The attempt that an answer belongs to. */
export interface TappedAttempt {
  readonly call: Call;
  readonly exchange: Exchange;
  /** On the monotonic clock. */
  readonly startedMs: number;
  /** `content-type` of the answer. */
  readonly type: string;
}

/** What a tapped response needs to know when somebody reads it. */
class Tap {
  /** Let go of at the end: whatever a response holds lives as long as it does, and clients keep responses. */
  call: Call | undefined;
  readonly exchange: Exchange;
  readonly startedMs: number;
  readonly status: number;
  readonly json: boolean;
  readonly stream: StreamTap | undefined;
  body: ReadableStream<Uint8Array> | undefined;
  /** Held, and nothing else: as long as it is, the answer may still be read. */
  unread: object | undefined;

  constructor({ status }: Response, { call, exchange, startedMs, type }: TappedAttempt) {
    this.call = call;
    this.exchange = exchange;
    this.startedMs = startedMs;
    this.status = status;
    this.json = type.startsWith('application/json') || /^application\/[\w.-]+\+json/.test(type);
    this.stream = type.startsWith('text/event-stream') ? new StreamTap(call, exchange, status, startedMs) : undefined;
    this.body = undefined;
    this.unread = exchange.watch(status);
  }

  /** The end of the body: gives the call away. */
  end(): Call | undefined {
    const { call } = this;
    this.call = undefined;
    this.unread = undefined;
    return call;
  }
}

/** The tapped readers of one class of responses, and the taps that they look up. */
interface Tapped {
  readonly prototype: object;
  /** Of its own, so that a response that passes through two pipelines has a tap of each. */
  readonly taps: SideTable<Tap>;
}

/** One for each class of response that transports make; there are one or two. Found by either prototype. */
const tappedClasses = new WeakMap<object, Tapped>();

/**
 * Puts a tap on the body of an answer, so that its {@link Outcome} is known when the body ends.
 * The response stays the object that it is, with its headers; only its readers are overridden,
 * and nothing is read before the caller reads.
 */
export function tapBody(response: Response, attempt: TappedAttempt): void {
  const prototype = Object.getPrototypeOf(response) as Response;
  let tapped = tappedClasses.get(prototype);
  if (tapped === undefined) {
    tapped = tappedClass(prototype);
    tappedClasses.set(prototype, tapped);
    tappedByResponse.set(tapped.prototype, tapped);
  }
  tapped.taps.set(response, new Tap(response, attempt));
  Object.setPrototypeOf(response, tapped.prototype);
}

/** Found by the prototype that their responses have from then on. */
const tappedByResponse = new WeakMap<object, Tapped>();

const tapOf = (response: Response): Tap | undefined =>
  tappedByResponse.get(Object.getPrototypeOf(response) as object)?.taps.get(response);

/**
 * Takes the bytes of a tapped event stream, behind its tap; `undefined` where there is none. With `source`, gives
 * the caller that to read in their place.
 */
export function retakeBody(response: Response, source?: ByteSource): ByteSource | undefined {
  const tap = tapOf(response);
  if (tap?.stream === undefined) return undefined;
  if (source === undefined) return takeSource(response.body as ReadableStream<Uint8Array>);
  tap.body = lazyStream(source);
  return source;
}

/** How the attempt of a tapped response ended, if it has. */
export const outcomeOfTap = (response: Response): Outcome | undefined => tapOf(response)?.exchange.outcome;

/**
 * Puts a tap of its own on what the caller reads from here on, so that whoever is further out learns how *that*
 * ended: the answer of a call whose stream was mended, and not that of the attempt which broke.
 */
export function retap(call: Call, response: Response, source: ByteSource): void {
  const tap = tapOf(response);
  if (tap?.stream === undefined) return;
  const exchange = new Exchange(call.context, call.journey);
  track(response, exchange);
  const outer = new StreamTap(call, exchange, response.status, tap.startedMs);
  // Both are held by the response: when it goes unread, this is how attempt and call get to know.
  tap.unread = [tap.unread, exchange.watch(response.status)];
  tap.body = tappedStream(() => lazyStream(source), outer);
}

/** The readers of `base`, each telling the tap how the reading ended. */
function tappedClass(base: Response): Tapped {
  const taps = sideTable<Tap>();
  const nativeBody = (response: Response): ReadableStream<Uint8Array> | null =>
    Reflect.get(base, 'body', response) as ReadableStream<Uint8Array> | null;

  /** Reading twice is the caller's mistake and says nothing about the answer. */
  const isUsed = (response: Response): boolean => response.bodyUsed || taps.get(response)?.body?.locked === true;

  /** Reads with `read` and tells how it went. */
  async function reading<T>(response: Response, read: () => Promise<T>): Promise<T> {
    const tap = taps.get(response) as Tap;
    try {
      const value = await read.call(response);
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
      return reading(this, base[name] as () => Promise<unknown>);
    };

  async function readText(response: Response, tap: Tap): Promise<string> {
    try {
      return judged(tap, await base.text.call(response));
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
      // The stream made for `body` finds its half by itself, but the native clone does not know who holds it.
      return isUsed(this) ? spent().clone() : base.clone.call(this);
    },
  };
  const descriptors: PropertyDescriptorMap = Object.fromEntries(
    Object.entries(readers).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
  );
  descriptors['body'] = {
    configurable: true,
    get(this: Response): ReadableStream<Uint8Array> | null {
      const tap = taps.get(this) as Tap;
      const native = nativeBody(this);
      // Some fetches have streams of their own kind; those pass as they are.
      if (native === null || !('getReader' in native)) return native;
      // `source` keeps the response, so that it is not taken for abandoned while its body is read.
      tap.body ??= tappedStream(() => nativeBody(this) as ReadableStream<Uint8Array>, tap.stream ?? plainTap(tap));
      return tap.body;
    },
  };
  return { prototype: Object.create(base, descriptors) as object, taps };
}

/** A response that was read, whose readers fail in the runtime's own words. */
function spent(): Response {
  const response = new Response('read');
  void response.text();
  return response;
}

/** Settles with the text of an answer, and hands it on. A JSON answer must at least end like one. */
function judged(tap: Tap, text: string): string {
  if (!tap.json) settle(tap, 'complete');
  else if (endsLikeJson(text)) settle(tap, 'complete', undefined, text);
  else settle(tap, 'failed', fault('malformed_response'));
  return text;
}

const parseJson = (text: string): unknown => JSON.parse(text) as unknown;

/** Whether the last character that is no white space closes an object or array. */
function endsLikeJson(text: string): boolean {
  let at = text.length - 1;
  while (at >= 0 && text.charCodeAt(at) <= 0x20) at--;
  return text[at] === '}' || text[at] === ']';
}

function settleBroken(tap: Tap, error: unknown): void {
  const { call } = tap;
  if (call === undefined) return;
  const reason = faultOfThrown(call, call.signal?.aborted === true ? call.signal.reason : error);
  settle(tap, reason.kind === 'aborted' ? 'cancelled' : 'failed', reason);
}

function settle(tap: Tap, ending: Ending, reason?: Fault, text?: string): void {
  const call = tap.end();
  if (call === undefined) return;
  const { exchange, status } = tap;
  const durationMs = call.clock.monotonic() - tap.startedMs;
  const firstEventMs = ending === 'complete' ? durationMs : undefined;
  if (ending === 'complete') exchange.contentCame(durationMs);
  exchange.settle(new Outcome({ ending, fault: reason, status, durationMs, firstEventMs, residue: text }));
}

/** The tap of a body that is read as plain bytes: everything passes, only the end is noted. */
function plainTap(tap: Tap): BodyTap {
  return {
    push: (chunk) => chunk,
    end() {
      settle(tap, 'complete');
      return undefined;
    },
    fail(error) {
      settleBroken(tap, error);
      return undefined;
    },
    cancel: () => settle(tap, 'cancelled', fault('aborted')),
  };
}
