import type { Call } from './call.ts';
import { classifyAnswer, errorBodyOf } from './classify.ts';
import type { Exchange } from './exchange.ts';
import { fault, type Fault } from './fault.ts';
import { Outcome, type Ending } from './outcome.ts';
import { SseFrames, type SseSign } from './sse-frames.ts';

/** What watches the bytes of a body go by. `push`, `end` and `fail` return what may be passed on. */
export interface BodyTap {
  push(chunk: Uint8Array): Uint8Array | undefined;
  end(): Uint8Array | undefined;
  fail(error: unknown): Uint8Array | undefined;
  cancel(): void;
}

/** Blocks of events kept from the end of a stream: finish reason, usage and `[DONE]` fit in fewer. */
const tailBlocks = 4;

/**
 * Watches an event stream go by: passes whole events on with their original bytes, keeps the first
 * and the last few, and knows whether the stream ended or was merely cut.
 */
export class StreamTap implements BodyTap {
  readonly #call: Call;
  readonly #exchange: Exchange;
  readonly #status: number;
  readonly #startedMs: number;
  readonly #frames = new SseFrames((sign, line) => this.#onSign(sign, line));
  #firstEventMs: number | undefined;
  #first: Uint8Array | undefined;
  #tail: Uint8Array[] = [];
  #fault: Fault | undefined;
  #ended = false;
  #done = false;

  constructor(call: Call, exchange: Exchange, status: number, startedMs: number) {
    this.#call = call;
    this.#exchange = exchange;
    this.#status = status;
    this.#startedMs = startedMs;
  }

  /** Bytes came; returns those that may go on. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const block = this.#frames.push(chunk);
    if (block !== undefined) this.#keep(block);
    if (this.#ended && !this.#done) this.#finish();
    return block;
  }

  /** The source ended; returns what must still be passed on: a last event, or the news that it was cut. */
  end(): Uint8Array | undefined {
    const rest = this.#frames.rest();
    if (rest !== undefined) this.#keep(rest);
    if (this.#fault !== undefined || this.#isWhole()) {
      this.#finish();
      return rest;
    }
    const message =
      `The stream from ${this.#call.route.host} ended after ${Math.round(this.#elapsedMs())} ms ` +
      'without finish_reason or terminal event; the answer is incomplete.';
    return this.#cut(fault('stream_interrupted', { code: 'stream_interrupted' }), message);
  }

  /** The source broke; returns the event that tells the caller so, or `undefined` if it was the caller's own doing. */
  fail(error: unknown): Uint8Array | undefined {
    if (this.#exchange.outcome !== undefined) return undefined;
    const reason = this.#call.signal?.aborted === true ? this.#call.signal.reason : undefined;
    if (reason !== undefined && (reason as { code?: unknown }).code === 'deadline_exceeded')
      return this.#cut(fault('deadline_exceeded', { code: 'deadline_exceeded' }), (reason as Error).message);
    if (this.#call.signal?.aborted === true) {
      this.cancel();
      return undefined;
    }
    const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const message =
      `The stream from ${this.#call.route.host} broke after ${Math.round(this.#elapsedMs())} ms (${name}); ` +
      'the answer is incomplete.';
    return this.#cut(fault('stream_interrupted', { code: 'stream_interrupted' }), message);
  }

  /** The caller stopped reading. */
  cancel(): void {
    this.#settle('cancelled', fault('aborted'));
  }

  #onSign(sign: SseSign, line: Uint8Array): void {
    if (sign === 'terminal' || sign === 'done') {
      this.#ended = true;
      return;
    }
    const body = sign === 'error' ? errorBodyOf(new TextDecoder().decode(line)) : undefined;
    // `event: error` comes a line before its data, which then says more.
    if (this.#fault === undefined || body !== undefined)
      this.#fault = classifyAnswer(0, noHeaders, body, this.#call.clock.now());
  }

  #keep(block: Uint8Array): void {
    if (block[0] === 0x3a /* comment */ && block.length < 64) return;
    if (this.#first === undefined) {
      this.#first = block;
      this.#firstEventMs = this.#elapsedMs();
    }
    this.#tail.push(block);
    if (this.#tail.length > tailBlocks) this.#tail.shift();
  }

  #isWhole(): boolean {
    if (this.#ended && this.#call.route.operation === 'responses') return true;
    const tail = this.#texts().join('');
    switch (this.#call.route.operation) {
      case 'chat':
      case 'completions':
        return /"finish_reason"\s*:\s*"/.test(tail);
      case 'images':
      case 'audio':
      case 'responses':
        return /(?:\.|event: ?)(?:completed|done|incomplete)\b|\[DONE\]/.test(tail);
      default:
        return true;
    }
  }

  #finish(): void {
    this.#done = true;
    if (this.#fault !== undefined) this.#settle('failed', this.#fault);
    else if (this.#isWhole()) this.#settle('complete');
  }

  #cut(reason: Fault, message: string): Uint8Array {
    this.#settle('failed', reason);
    this.#call.journey.decision('core', 'stream_ended', message);
    const code = reason.code ?? reason.kind;
    const error = { message, type: 'holdfast_stream', param: null, code };
    const data = JSON.stringify({ type: 'error', code, message, param: null, error });
    return new TextEncoder().encode(`event: error\ndata: ${data}\n\n`);
  }

  #settle(ending: Ending, reason?: Fault): void {
    if (this.#exchange.outcome !== undefined) return;
    this.#exchange.settle(
      new Outcome({
        ending,
        fault: reason,
        status: this.#status,
        firstEventMs: this.#firstEventMs,
        durationMs: this.#elapsedMs(),
        residue: { format: 'sse', texts: () => this.#texts() },
      }),
    );
  }

  #texts(): string[] {
    const decoder = new TextDecoder();
    const blocks =
      this.#first === undefined || this.#tail[0] === this.#first ? this.#tail : [this.#first, ...this.#tail];
    return blocks.map((block) => decoder.decode(block));
  }

  #elapsedMs(): number {
    return this.#call.clock.monotonic() - this.#startedMs;
  }
}

const noHeaders = { get: (): null => null };

/**
 * The body of an event stream with a tap on it: same events, same bytes, nothing read ahead,
 * cancelling forwarded, the source's lock released at the end.
 */
export function tappedStream(
  source: () => ReadableStream<Uint8Array>,
  tap: BodyTap,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const close = (controller: ReadableStreamDefaultController<Uint8Array>, last?: Uint8Array): void => {
    if (last !== undefined && last.length > 0) controller.enqueue(last);
    controller.close();
    reader?.releaseLock();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= source().getReader();
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) return close(controller, tap.end());
            const block = tap.push(value);
            if (block !== undefined) return controller.enqueue(block);
          }
        } catch (error) {
          const last = tap.fail(error);
          if (last !== undefined) return close(controller, last);
          reader.releaseLock();
          throw error;
        }
      },
      async cancel(reason) {
        tap.cancel();
        reader ??= source().getReader();
        await reader.cancel(reason);
        reader.releaseLock();
      },
    },
    { highWaterMark: 0 },
  );
}
