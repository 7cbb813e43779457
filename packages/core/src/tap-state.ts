import type { Call } from './call.ts';
import type { Exchange } from './exchange.ts';
import { fault, type Fault } from './fault.ts';
import { faultOfThrown } from './fault-of-thrown.ts';
import type { HeldBody } from './held-body.ts';
import { Outcome, type Ending } from './outcome.ts';
import type { Pace } from './pace.ts';
import { ReadText } from './read-text.ts';
import { StreamTap } from './stream-tap.ts';
import type { BodyTap } from './tapped-stream.ts';
import { UsageOmission } from './usage-omission.ts';

/** The attempt that an answer belongs to. */
export interface TappedAttempt {
  readonly call: Call;
  readonly exchange: Exchange;
  /** On the monotonic clock. */
  readonly startedMs: number;
  /** `content-type` of the answer. */
  readonly type: string;
  /** What was read of the body already; `undefined` if nothing was. */
  readonly held: HeldBody | undefined;
}

/** What a tapped response needs to know when somebody reads it. */
export class Tap {
  /** Let go of at the end: whatever a response holds lives as long as it does, and clients keep responses. */
  call: Call | undefined;
  readonly exchange: Exchange;
  readonly startedMs: number;
  readonly status: number;
  readonly json: boolean;
  readonly stream: StreamTap | undefined;
  readonly held: HeldBody | undefined;
  /** Stands in front of whoever reads now, where there is something to take out of what he reads. */
  omission: UsageOmission | undefined;
  body: ReadableStream<Uint8Array> | undefined;
  /** `body` is not the native one with a tap on it, which may have been read already. */
  isReplaced = false;
  /** Held, and nothing else: as long as it is, the answer may still be read. */
  unread: object | undefined;

  constructor({ status }: Response, { call, exchange, startedMs, type, held }: TappedAttempt) {
    this.call = call;
    this.exchange = exchange;
    this.startedMs = startedMs;
    this.status = status;
    this.held = held;
    this.json = isJson(type);
    const isStream = type.startsWith('text/event-stream');
    const omission = isStream && call.plainBody !== undefined ? new UsageOmission() : undefined;
    this.omission = omission;
    this.stream = isStream ? new StreamTap(call, { exchange, status, startedMs, omission }) : undefined;
    this.body = undefined;
    this.unread = exchange.watch(status);
  }

  /** Whoever is to know that a reader waits; nobody where all there is to read is here. */
  get pace(): Pace | undefined {
    return this.held?.isPartial === false ? undefined : this.call?.pace;
  }

  /** Gives whoever reads something else to read, with `omission` in front of him. */
  replace(body: ReadableStream<Uint8Array>, omission: UsageOmission | undefined): void {
    this.body = body;
    this.omission = omission;
    this.isReplaced = true;
  }
}

/** Whether an answer of `type` is read whole, as half a JSON text is none. */
export const isJson = (type: string): boolean =>
  type.startsWith('application/json') || /^application\/[\w.-]+\+json/.test(type);

/** Tells how a body that is read as plain bytes ended. Only the first counts. */
export function settle(tap: Tap, ending: Ending, reason?: Fault, text?: string): void {
  const { call, exchange, status } = tap;
  if (call === undefined) return;
  tap.call = undefined;
  tap.unread = undefined;
  const durationMs = call.clock.monotonic() - tap.startedMs;
  const firstEventMs = ending === 'complete' ? durationMs : undefined;
  if (ending === 'complete') exchange.contentCame(durationMs);
  exchange.settle(new Outcome({ ending, fault: reason, status, durationMs, firstEventMs, residue: text }));
}

export function settleBroken(tap: Tap, error: unknown): void {
  const { call } = tap;
  if (call === undefined) return;
  const reason = faultOfThrown(call, call.signal?.aborted === true ? call.signal.reason : error);
  settle(tap, reason.kind === 'aborted' ? 'cancelled' : 'failed', reason);
}

/** Settles with the text of an answer, and hands it on. A JSON answer must at least end like one. */
export function judged(tap: Tap, text: string): string {
  if (!tap.json) settle(tap, 'complete');
  else if (endsLikeJson(text)) settle(tap, 'complete', undefined, text);
  else settle(tap, 'failed', fault('malformed_response'));
  return text;
}

/** Whether the last character that is no white space closes an object or array. */
function endsLikeJson(text: string): boolean {
  let at = text.length - 1;
  while (at >= 0 && text.charCodeAt(at) <= 0x20) at--;
  return text[at] === '}' || text[at] === ']';
}

/** The tap of a body that is read as plain bytes: everything passes, and of a JSON answer its text is kept. */
export function plainTap(tap: Tap): BodyTap {
  const read = tap.json ? new ReadText() : undefined;
  return {
    pace: tap.pace,
    push(chunk) {
      read?.add(chunk);
      return chunk;
    },
    end() {
      const text = read?.whole();
      if (text === undefined) settle(tap, 'complete');
      else judged(tap, text);
      return undefined;
    },
    fail(error) {
      settleBroken(tap, error);
      return undefined;
    },
    cancel: () => settle(tap, 'cancelled', fault('aborted')),
  };
}
