import type { Call } from './call.ts';
import type { Exchange } from './exchange.ts';
import { fault, type Fault } from './fault.ts';
import { Outcome, type Ending } from './outcome.ts';
import { faultOfThrown } from './fault-of-thrown.ts';
import { sideTable, type SideTable } from './side-table.ts';
import { StreamTap } from './stream-tap.ts';
import { tappedStream, type BodyTap } from './tapped-stream.ts';
import { whenGone } from './unread.ts';

/** What a tapped response needs to know when somebody reads it. */
interface Tap {
  readonly call: Call;
  readonly exchange: Exchange;
  readonly startedMs: number;
  readonly json: boolean;
  readonly stream: StreamTap | undefined;
  body: ReadableStream<Uint8Array> | undefined;
}

/** The tapped readers of one class of responses, and the taps that they look up. */
interface Tapped {
  readonly prototype: object;
  /** Of its own, so that a response that passes through two pipelines has a tap of each. */
  readonly taps: SideTable<Tap>;
}

/** One for each class of response that transports make; there are one or two. */
const tappedClasses = new WeakMap<object, Tapped>();

/**
 * Puts a tap on the body of an answer, so that its {@link Outcome} is known when the body ends.
 * The response stays the object that it is, with its headers; only its readers are overridden,
 * and nothing is read before the caller reads.
 */
export function tapBody(response: Response, call: Call, exchange: Exchange, startedMs: number): void {
  const type = response.headers.get('content-type') ?? '';
  const stream = type.startsWith('text/event-stream')
    ? new StreamTap(call, exchange, response.status, startedMs)
    : undefined;
  const json = /^application\/(?:[\w.-]+\+)?json/.test(type);
  const prototype = Object.getPrototypeOf(response) as Response;
  let tapped = tappedClasses.get(prototype);
  if (tapped === undefined) {
    tapped = tappedClass(prototype);
    tappedClasses.set(prototype, tapped);
  }
  tapped.taps.set(response, { call, exchange, startedMs, json, stream, body: undefined });
  Object.setPrototypeOf(response, tapped.prototype);
  const { status } = response;
  whenGone(response, () => {
    if (exchange.outcome === undefined)
      exchange.settle(new Outcome({ ending: 'abandoned', status, durationMs: exchange.journey.elapsedMs() }));
  });
}

/** The readers of `base`, each telling the tap how the reading ended. */
function tappedClass(base: Response): Tapped {
  const taps = sideTable<Tap>();
  const nativeBody = (response: Response): ReadableStream<Uint8Array> | null =>
    Reflect.get(base, 'body', response) as ReadableStream<Uint8Array> | null;

  /** Reading twice is the caller's mistake and says nothing about the answer. */
  const isUsed = (response: Response): boolean => response.bodyUsed || taps.get(response)?.body?.locked === true;

  async function text(this: Response): Promise<string> {
    if (isUsed(this)) return base.text.call(spent());
    const tap = taps.get(this) as Tap;
    if (tap.stream !== undefined) return new Response(this.body).text();
    return settling(tap, this, base.text.call(this), (value) => judged(tap, value));
  }

  const plain = <T>(read: (this: Response) => Promise<T>) =>
    async function (this: Response): Promise<T> {
      if (isUsed(this)) return read.call(spent());
      const tap = taps.get(this) as Tap;
      if (tap.stream !== undefined) return read.call(new Response(this.body, { headers: this.headers }));
      return settling(tap, this, read.call(this));
    };

  const readers: Record<string, unknown> = {
    text,
    async json(this: Response): Promise<unknown> {
      return JSON.parse(await text.call(this)) as unknown;
    },
    arrayBuffer: plain(base.arrayBuffer),
    blob: plain(base.blob),
    formData: plain(base.formData),
    bytes: plain(base.bytes),
    clone(this: Response): Response {
      // The stream made for `body` finds its half by itself, but the native clone does not know who holds it.
      return base.clone.call(isUsed(this) ? spent() : this);
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
      tap.body ??= tappedStream(
        () => nativeBody(this) as ReadableStream<Uint8Array>,
        tap.stream ?? plainTap(tap, this),
      );
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

async function settling<T>(
  tap: Tap,
  response: Response,
  reading: Promise<T>,
  judge?: (value: T) => { fault?: Fault; residue?: string },
): Promise<T> {
  try {
    const value = await reading;
    const { fault: reason, residue } = judge?.(value) ?? {};
    settle(tap, response, reason === undefined ? 'complete' : 'failed', reason, residue);
    return value;
  } catch (error) {
    settleBroken(tap, response, error);
    throw error;
  }
}

/** A JSON answer must at least end like one. */
function judged(tap: Tap, text: string): { fault?: Fault; residue?: string } {
  if (!tap.json) return {};
  return /[}\]]\s*$/.test(text.slice(-64)) ? { residue: text } : { fault: fault('malformed_response') };
}

function settleBroken(tap: Tap, response: Response, error: unknown): void {
  const { signal } = tap.call;
  const reason = faultOfThrown(tap.call, signal?.aborted === true ? signal.reason : error);
  settle(tap, response, reason.kind === 'aborted' ? 'cancelled' : 'failed', reason);
}

function settle(tap: Tap, { status }: Response, ending: Ending, reason?: Fault, residue?: string): void {
  const durationMs = tap.call.clock.monotonic() - tap.startedMs;
  tap.exchange.settle(
    new Outcome({
      ending,
      fault: reason,
      status,
      durationMs,
      ...(ending === 'complete' && { firstEventMs: durationMs }),
      ...(residue !== undefined && { residue: { format: 'json', texts: () => [residue] } }),
    }),
  );
}

/** The tap of a body that is read as plain bytes: everything passes, only the end is noted. */
function plainTap(tap: Tap, response: Response): BodyTap {
  return {
    push: (chunk) => chunk,
    end() {
      settle(tap, response, 'complete');
      return undefined;
    },
    fail(error) {
      settleBroken(tap, response, error);
      return undefined;
    },
    cancel: () => settle(tap, response, 'cancelled', fault('aborted')),
  };
}
