import type { Call } from './call.ts';
import { classifyAnswer, type ErrorBody } from './classify.ts';
import type { Exchange } from './exchange.ts';
import { faultOfLate } from './fault-of-thrown.ts';
import { fault, type Fault } from './fault.ts';
import { KeptBlocks } from './kept-blocks.ts';
import { Outcome, type Ending } from './outcome.ts';
import { paceEventOf, plainWord, type Pace } from './pace.ts';
import { errorIn, errorOfEvent, isSound } from './sse-event.ts';
import { SseFrames, type SseSign } from './sse-frames.ts';
import { eventData } from './stream-content.ts';
import { isWhole } from './stream-whole.ts';
import type { BodyTap } from './tapped-stream.ts';
import type { UsageOmission } from './usage-omission.ts';

/** Blocks of events kept from the end of a stream: finish reason, usage and `[DONE]` fit in fewer. */
const tailBlocks = 4;

/** Nothing more to pass on, and nothing wrong. */
const nothing = new Uint8Array();

/** What a tap needs to know of its stream. */
export interface TappedStreamOptions {
  readonly exchange: Exchange;
  readonly status: number;
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly omission: UsageOmission | undefined;
}

/**
 * Watches an event stream go by: passes whole events on with their original bytes, keeps the first
 * and the last few, and knows whether the stream ended or was merely cut.
 */
export class StreamTap implements BodyTap {
  readonly pace: Pace | undefined;
  readonly omission: UsageOmission | undefined;
  readonly #call: Call;
  readonly #exchange: Exchange;
  readonly #status: number;
  readonly #startedMs: number;
  readonly #frames: SseFrames;
  #firstEventMs: number | undefined;
  #first: Uint8Array | undefined;
  #tail: Uint8Array[] = [];
  readonly #kept: KeptBlocks | undefined;
  #events = 0;
  #fault: Fault | undefined;
  #finishes = 0;
  #terminal = false;
  #done = false;
  /** The caller was told that the answer is incomplete; nothing may follow that. */
  #wasCut = false;

  constructor(call: Call, { exchange, status, startedMs, omission }: TappedStreamOptions) {
    this.pace = call.pace;
    this.omission = omission;
    this.#call = call;
    this.#exchange = exchange;
    this.#status = status;
    this.#startedMs = startedMs;
    const { operation } = call.route;
    const countsFinishes = operation === 'chat' || operation === 'completions';
    this.#kept = call.keptBytes > 0 ? new KeptBlocks(call.keptBytes) : undefined;
    this.#frames = new SseFrames((sign, event) => this.#onSign(sign, event), countsFinishes);
  }

  /** Bytes came; returns those that may go on. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#wasCut) return undefined;
    const block = this.#frames.push(chunk);
    if (block === undefined) return undefined;
    this.#keep(block);
    if (this.#done && this.#fault === undefined && !this.#isWhole()) return this.#cutBeforeDone(block);
    if (this.#done || this.#terminal || this.#fault !== undefined) this.#finish();
    return block;
  }

  /** The source ended; returns what must still be passed on: a last event, or the news that it was cut. */
  end(): Uint8Array | undefined {
    if (this.#wasCut) return undefined;
    const rest = this.#frames.rest();
    // An event that was cut in two would be a syntax error at the caller's.
    const isSoundRest = rest !== undefined && isSound(decoded(rest));
    if (isSoundRest && this.#exchange.outcome === undefined) {
      this.#frames.push(blankLine);
      this.#keep(rest);
    }
    if (this.#exchange.outcome === undefined && this.#fault === undefined && !this.#isWhole())
      return this.#cut(
        ...this.#interruption('ended'),
        isSoundRest && !this.#done ? joined(rest, blankLine) : undefined,
      );
    this.#finish();
    return isSoundRest ? rest : undefined;
  }

  /** The source broke; returns the event that tells the caller so, or `undefined` if it was the caller's own doing. */
  fail(error: unknown): Uint8Array | undefined {
    const { signal } = this.#call;
    const reason: unknown = signal?.aborted === true ? signal.reason : undefined;
    const late = faultOfLate(reason);
    if (signal?.aborted === true && late === undefined) {
      this.cancel();
      return undefined;
    }
    if (this.#exchange.outcome !== undefined || this.#fault !== undefined || this.#saidItsEnd()) {
      this.#finish();
      return nothing;
    }
    if (late !== undefined) return this.#cut(late, (reason as Error).message);
    const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return this.#cut(...this.#interruption('broke', ` (${name})`));
  }

  /** The caller stopped reading, perhaps because of an error that came as an event. */
  cancel(): void {
    if (this.#exchange.outcome !== undefined) return;
    const last = this.#tail.at(-1);
    const body = this.#fault === undefined && last !== undefined ? errorIn(decoded(last)) : undefined;
    if (body !== undefined) this.#fault = this.#faultOf(body);
    if (this.#fault !== undefined || this.#saidItsEnd()) this.#finish();
    else this.#settle('cancelled', fault('aborted'));
  }

  #onSign(sign: SseSign, event: Uint8Array): void {
    if (sign === 'finish') this.#finishes++;
    else if (sign === 'done') this.#done = true;
    else if (sign === 'terminal') this.#terminal = true;
    else {
      const body = errorOfEvent(decoded(event));
      if (body !== undefined) this.#fault ??= this.#faultOf(body);
    }
  }

  #faultOf(body: ErrorBody): Fault {
    return classifyAnswer(0, noHeaders, body, this.#call.clock.now());
  }

  #keep(block: Uint8Array): void {
    const fresh = this.#frames.events - this.#events;
    if (fresh === 0) return;
    this.#events += fresh;
    this.#tell(block, fresh);
    if (this.#first === undefined) {
      this.#first = block;
      this.#firstEventMs = this.#elapsedMs();
    }
    this.#tail.push(block);
    this.#kept?.add(block);
    if (this.#tail.length > tailBlocks) this.#tail.shift();
  }

  /** Tells those who wait for content. Nobody looks into events for nobody. */
  #tell(block: Uint8Array, events: number): void {
    const pace = this.pace?.wantsEvents === true ? this.pace : undefined;
    if (pace === undefined && !this.#exchange.awaitsContent) return;
    const text = decoded(block);
    const kinds = events === 1 && plainWord(text) ? word : [...eventData(text)].map(paceEventOf);
    for (const kind of kinds) {
      pace?.event(kind);
      if (kind !== 'none' && kind !== 'thinking' && this.#exchange.awaitsContent)
        this.#exchange.contentCame(this.#elapsedMs());
    }
  }

  /** Whether the answer was over before its stream was, so that it does not matter how that ended. */
  #saidItsEnd(): boolean {
    return this.#done || this.#terminal || (this.#call.route.operation !== 'other' && this.#isWhole());
  }

  #isWhole(): boolean {
    return isWhole(this.#call, {
      finishes: this.#finishes,
      terminal: this.#terminal,
      done: this.#done,
      first: this.#first,
      tail: this.#tail,
    });
  }

  #finish(): void {
    if (this.#fault !== undefined) this.#settle('failed', this.#fault);
    else if (this.#isWhole()) this.#settle('complete');
  }

  #interruption(how: string, why = ''): [Fault, string] {
    const text =
      `The stream from ${this.#call.route.host} ${how} after ${Math.round(this.#elapsedMs())} ms${why} ` +
      'without finish_reason or terminal event; the answer is incomplete.';
    return [fault('stream_interrupted', { code: 'stream_interrupted' }), text];
  }

  /** Clients read nothing behind `[DONE]` and would take the half for the whole. */
  #cutBeforeDone(block: Uint8Array): Uint8Array {
    // One byte is one character in latin1, so the index counts bytes.
    const at = new TextDecoder('latin1').decode(block).search(/(?<=^|[\r\n])data: ?\[DONE\]/);
    return this.#cut(...this.#interruption('said [DONE]'), block.subarray(0, Math.max(0, at)));
  }

  /** @param before - what still goes on; the news starts an event of its own behind it. */
  #cut(reason: Fault, message: string, before: Uint8Array = nothing): Uint8Array {
    this.#wasCut = true;
    this.#settle('failed', reason);
    // Whoever timed it has told its story.
    if (reason.kind !== 'timeout') this.#call.journey.decision('core', 'stream_ended', message);
    const code = reason.code ?? reason.kind;
    const error = { message, type: 'holdfast_stream', param: null, code };
    const data = JSON.stringify({ type: 'error', code, message, param: null, error });
    return joined(before, new TextEncoder().encode(`event: error\ndata: ${data}\n\n`));
  }

  #settle(ending: Ending, reason?: Fault): void {
    if (this.#exchange.outcome !== undefined) return;
    this.#exchange.settle(
      new Outcome({
        ending,
        fault: reason,
        status: this.#status,
        firstEventMs: this.#firstEventMs,
        events: this.#events,
        durationMs: this.#elapsedMs(),
        residue: () => this.#texts(),
      }),
    );
  }

  #texts(): string[] {
    const kept = this.#kept?.with(this.#tail);
    if (kept !== undefined) return kept.map(decoded);
    const isFirstKept = this.#first === undefined || this.#tail[0] === this.#first;
    return (isFirstKept ? this.#tail : [this.#first as Uint8Array, ...this.#tail]).map(decoded);
  }

  #elapsedMs(): number {
    return this.#call.clock.monotonic() - this.#startedMs;
  }
}

const word = ['text'] as const;

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

const blankLine = new TextEncoder().encode('\n\n');

const noHeaders = { get: (): null => null };
