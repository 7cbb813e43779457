import type { Call } from './call.ts';
import type { Exchange } from './exchange.ts';
import { fault, type Fault } from './fault.ts';
import { Outcome, type Ending } from './outcome.ts';
import { StreamTap, tappedStream, type BodyTap } from './stream-tap.ts';

/** What a tapped response needs to know when somebody reads it. */
interface Tap {
  readonly call: Call;
  readonly exchange: Exchange;
  readonly startedMs: number;
  readonly json: boolean;
  readonly stream: StreamTap | undefined;
  body: ReadableStream<Uint8Array> | null | undefined;
}

const taps = new WeakMap<Response, Tap>();

/** A tapped prototype for each class of response that transports make; there are one or two. */
const prototypes = new WeakMap<object, object>();

/** Settles what nobody ever read, once it is collected. */
const unread = new FinalizationRegistry<{ readonly exchange: Exchange; readonly status: number }>(
  ({ exchange, status }) => {
    if (exchange.outcome === undefined)
      exchange.settle(new Outcome({ ending: 'abandoned', status, durationMs: exchange.journey.elapsedMs() }));
  },
);

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
  taps.set(response, { call, exchange, startedMs, json, stream, body: undefined });
  const prototype = Object.getPrototypeOf(response) as Response;
  let tapped = prototypes.get(prototype);
  if (tapped === undefined) {
    tapped = tappedPrototype(prototype);
    prototypes.set(prototype, tapped);
  }
  Object.setPrototypeOf(response, tapped);
  unread.register(response, { exchange, status: response.status });
}

/** The readers of `base`, each telling the tap how the reading ended. */
function tappedPrototype(base: Response): object {
  const nativeBody = (response: Response): ReadableStream<Uint8Array> | null =>
    Reflect.get(base, 'body', response) as ReadableStream<Uint8Array> | null;

  async function text(this: Response): Promise<string> {
    const tap = taps.get(this) as Tap;
    if (tap.stream !== undefined) return new Response(this.body).text();
    return settling(tap, this.status, base.text.call(this), (value) => judged(tap, value));
  }

  const plain = <T>(read: (this: Response) => Promise<T>) =>
    async function (this: Response): Promise<T> {
      const tap = taps.get(this) as Tap;
      if (tap.stream !== undefined) return read.call(new Response(this.body, { headers: this.headers }));
      return settling(tap, this.status, read.call(this));
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
  };
  const descriptors: PropertyDescriptorMap = Object.fromEntries(
    Object.entries(readers).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
  );
  descriptors['body'] = {
    configurable: true,
    get(this: Response): ReadableStream<Uint8Array> | null {
      const tap = taps.get(this) as Tap;
      if (tap.body === undefined) {
        const native = nativeBody(this);
        tap.body = native && tappedStream(() => native, tap.stream ?? plainTap(tap, this.status));
      }
      return tap.body;
    },
  };
  return Object.create(base, descriptors) as object;
}

async function settling<T>(
  tap: Tap,
  status: number,
  reading: Promise<T>,
  judge?: (value: T) => { fault?: Fault; residue?: string },
): Promise<T> {
  try {
    const value = await reading;
    const { fault: reason, residue } = judge?.(value) ?? {};
    settle(tap, status, reason === undefined ? 'complete' : 'failed', reason, residue);
    return value;
  } catch (error) {
    const aborted = tap.call.signal?.aborted === true;
    settle(tap, status, aborted ? 'cancelled' : 'failed', fault(aborted ? 'aborted' : 'network'));
    throw error;
  }
}

/** A JSON answer must at least end like one. */
function judged(tap: Tap, text: string): { fault?: Fault; residue?: string } {
  if (!tap.json) return {};
  return /[}\]]\s*$/.test(text.slice(-64)) ? { residue: text } : { fault: fault('malformed_response') };
}

function settle(tap: Tap, status: number, ending: Ending, reason?: Fault, residue?: string): void {
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
function plainTap(tap: Tap, status: number): BodyTap {
  return {
    push: (chunk) => chunk,
    end() {
      settle(tap, status, 'complete');
      return undefined;
    },
    fail() {
      const aborted = tap.call.signal?.aborted === true;
      settle(tap, status, aborted ? 'cancelled' : 'failed', fault(aborted ? 'aborted' : 'network'));
      return undefined;
    },
    cancel: () => settle(tap, status, 'cancelled', fault('aborted')),
  };
}
