import type { ByteSource } from './byte-source.ts';
import type { Call } from './call.ts';
import { Exchange, faultOf, track } from './exchange.ts';
import { lazyStream, takeSource } from './lazy-stream.ts';
import type { Outcome } from './outcome.ts';
import { StreamTap } from './stream-tap.ts';
import { Tap, type TappedAttempt } from './tap-state.ts';
import { tappedClass, type Tapped } from './tapped-class.ts';
import { tappedStream } from './tapped-stream.ts';
import { OmittingSource, UsageOmission } from './usage-omission.ts';

/** One for each class of response that transports make; there are one or two. Found by either prototype. */
const tappedClasses = new WeakMap<object, Tapped>();

/** Found by the prototype that their responses have from then on. */
const tappedByResponse = new WeakMap<object, Tapped>();

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

const tapOf = (response: Response): Tap | undefined =>
  tappedByResponse.get(Object.getPrototypeOf(response) as object)?.taps.get(response);

/**
 * Takes the bytes of a tapped event stream, behind its tap; `undefined` where there is none. With `source`, gives
 * the caller that to read in their place. Usage that only a layer asked for is in what is taken, and is not in what
 * the caller reads.
 */
export function retakeBody(response: Response, source?: ByteSource): ByteSource | undefined {
  const tap = tapOf(response);
  if (tap?.stream === undefined) return undefined;
  if (source === undefined) {
    if (tap.omission !== undefined) tap.omission.isOn = false;
    return takeSource(response.body as ReadableStream<Uint8Array>);
  }
  const omission = tap.omission && new UsageOmission();
  tap.replace(lazyStream(omission === undefined ? source : new OmittingSource(source, omission)), omission);
  return source;
}

/** How the attempt of a tapped response ended, if it has. */
export const outcomeOfTap = (response: Response): Outcome | undefined => tapOf(response)?.exchange.outcome;

/**
 * The call as it was when it was answered with this event stream: where it went, and by which credential. Its body
 * is without what a layer asked for on its own behalf.
 */
export function callOfTap(response: Response): Call | undefined {
  const call = tapOf(response)?.call;
  return call?.plainBody === undefined ? call : call.with({ body: call.plainBody, plainBody: undefined });
}

/** Whether an event stream tells usage that its caller did not ask for. */
export const omitsUsage = (response: Response): boolean => tapOf(response)?.stream?.omission !== undefined;

/** Notes that the first content of a stream has come, for whoever asks from now on. */
export function contentCame(response: Response): void {
  const tap = tapOf(response);
  if (tap?.call !== undefined) tap.exchange.contentCame(tap.call.clock.monotonic() - tap.startedMs);
}

/**
 * Puts a tap of its own on what the caller reads from here on, so that whoever is further out learns how *that*
 * ended: the answer of a call whose stream was mended, and not that of the attempt which broke. A response that
 * stood for a fault still does.
 */
export function retap(call: Call, response: Response, source: ByteSource): void {
  const tap = tapOf(response);
  if (tap?.stream === undefined) return;
  const exchange = new Exchange(call.context, call.journey, faultOf(response));
  track(response, exchange);
  const { status } = response;
  const mayOmit = tap.stream.omission !== undefined || call.beforeSending !== undefined;
  const omission = mayOmit ? new UsageOmission(() => source.omitsUsage ?? omitsUsage(response)) : undefined;
  const outer = new StreamTap(call, { exchange, status, startedMs: tap.startedMs, omission });
  // Both are held by the response: when it goes unread, this is how attempt and call get to know.
  tap.unread = [tap.unread, exchange.watch(status)];
  tap.replace(
    tappedStream(() => lazyStream(source), outer),
    omission,
  );
}
