import { sleep } from '@holdfast/core';
import { byteLengthOf, drained, headersOf } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { createChunker } from './chunker.ts';
import type { Chunker } from './chunker.ts';
import { deliver } from './deliver.ts';
import type { FatalFault } from './fault.ts';
import { errorFrame, malformedFrame, plainError, replacedReply } from './fault-bodies.ts';
import type { Reply } from './reply.ts';
import type { FaultPlan } from './script.ts';

/** How the rest of a body is sent after a fault has struck: not at all, or as if nothing had been. */
type Afterwards = 'stop' | 'continue';

/** Sends one reply as a plan wants it. Ends early, without a trace, when the client goes away. */
export class FaultyDelivery {
  readonly #exchange: Exchange;
  readonly #plan: FaultPlan;
  readonly #gone = new AbortController();
  #chunker: Chunker | undefined;

  constructor(exchange: Exchange, plan: FaultPlan) {
    this.#exchange = exchange;
    this.#plan = plan;
    const { chunking } = plan;
    if (chunking !== undefined) this.#chunker = createChunker(chunking.bytes, exchange.state.random);
    exchange.response.once('close', () => this.#gone.abort());
  }

  /** Carries the plan out; `produce` makes the real reply, if it comes to that. */
  async run(produce: () => Reply | Promise<Reply>): Promise<void> {
    const { fault, latency } = this.#plan;
    try {
      await this.#wait(latency?.headersMs);
      if (fault?.kind === 'hang' && fault.at === 'headers') return await this.#hang();
      if (fault?.kind === 'reset' && fault.at !== 'body') return await this.#reset(fault.at);
      const replaced = fault === undefined ? undefined : replacedReply(fault);
      const reply = replaced ?? (await produce());
      if (replaced !== undefined || (fault === undefined && reply.frames === undefined && this.#chunker === undefined))
        return await deliver(this.#exchange, reply);
      // An operation that is refused anyway has no stream that could go wrong.
      if (reply.status >= 400) return await deliver(this.#exchange, reply);
      if (fault?.kind === 'inStreamError' && reply.frames === undefined)
        return await deliver(this.#exchange, plainError(fault));
      await this.#sendBody(reply, fault);
    } catch (error) {
      if (!this.#gone.signal.aborted) throw error;
    }
  }

  async #sendBody(reply: Reply, fault: FatalFault | undefined): Promise<void> {
    const { response, entry } = this.#exchange;
    this.#sendHead(reply, fault);
    if (fault?.kind === 'truncatedBody') return await this.#truncate(reply, fault.bytes);
    const struckAt =
      reply.frames === undefined ? 1 : fault !== undefined && 'afterEvents' in fault ? fault.afterEvents : -1;
    let index = 0;
    let struck = fault === undefined;
    for (const frame of reply.frames ?? halves(reply.body ?? '')) {
      if (!struck && index === struckAt) {
        struck = true;
        if ((await this.#strike(fault!, index)) === 'stop') return;
      }
      if (reply.frames !== undefined) await this.#pace(index);
      entry.eventsSent += reply.frames === undefined ? 0 : 1;
      index += 1;
      await this.#write(frame);
    }
    // A stream shorter than `afterEvents` still goes wrong, at its end.
    if (!struck && (await this.#strike(fault!, index)) === 'stop') return;
    this.#flush();
    response.end();
  }

  #sendHead(reply: Reply, fault: FatalFault | undefined): void {
    const { response, entry } = this.#exchange;
    entry.status = reply.status;
    const isShort = fault?.kind === 'cutStream' || fault?.kind === 'malformedSse';
    const length = reply.frames !== undefined || isShort ? undefined : byteLengthOf(reply.body ?? '');
    response.writeHead(reply.status, headersOf(this.#exchange, reply, length));
    response.flushHeaders();
  }

  async #strike(fault: FatalFault, sequenceNumber: number): Promise<Afterwards> {
    const { response, request, entry } = this.#exchange;
    switch (fault.kind) {
      case 'hang':
        this.#flush();
        await this.#hang();
        return 'stop';
      case 'reset':
        await this.#reset('body');
        return 'stop';
      case 'cutStream':
        this.#flush();
        response.end();
        return 'stop';
      case 'inStreamError':
        entry.eventsSent += 1;
        await this.#write(errorFrame(fault, request, sequenceNumber));
        this.#flush();
        response.end();
        return 'stop';
      case 'malformedSse':
        await this.#write(malformedFrame);
        return 'continue';
      default:
        return 'continue';
    }
  }

  async #pace(index: number): Promise<void> {
    const { latency } = this.#plan;
    const delayMs = index === 0 ? latency?.firstEventMs : latency?.betweenEventsMs;
    if (delayMs === undefined) return;
    this.#flush();
    await this.#wait(delayMs);
  }

  async #wait(delayMs: number | undefined): Promise<void> {
    if (delayMs !== undefined) await sleep(this.#exchange.state.clock, delayMs, this.#gone.signal);
  }

  async #write(frame: string | Uint8Array): Promise<void> {
    const { response } = this.#exchange;
    this.#gone.signal.throwIfAborted();
    const chunks = this.#chunker === undefined ? [frame] : this.#chunker.push(Buffer.from(frame));
    for (const chunk of chunks) {
      if (!response.write(chunk)) await drained(this.#exchange);
    }
  }

  #flush(): void {
    for (const chunk of this.#chunker?.flush() ?? []) this.#exchange.response.write(chunk);
  }

  /** Waits for the client to give up. */
  #hang(): Promise<void> {
    const { signal } = this.#gone;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async #reset(at: 'connect' | 'headers' | 'body'): Promise<void> {
    const { response, entry } = this.#exchange;
    entry.done = true;
    const { socket } = response;
    if (socket === null) return;
    if (at === 'headers') await flushed((sent) => socket.write('HTTP/1.1 200 OK\r\ncontent-ty', sent));
    if (at === 'body') {
      this.#flush();
      // What was promised to arrive before the reset has to be on the wire before it.
      await flushed((sent) => socket.write('', sent));
    }
    socket.resetAndDestroy();
  }

  async #truncate(reply: Reply, bytes: number): Promise<void> {
    const { response, entry } = this.#exchange;
    const whole = Buffer.concat([...(reply.frames ?? [reply.body ?? ''])].map((part) => Buffer.from(part)));
    entry.done = true;
    await flushed((sent) => response.write(whole.subarray(0, Math.min(bytes, whole.length - 1)), sent));
    response.socket?.end();
  }
}

/** A plain body in two pieces, so that there is a middle in which something can happen. */
const halves = (body: string | Uint8Array): Buffer[] => {
  const bytes = Buffer.from(body);
  const middle = bytes.length >> 1;
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
};

const flushed = (write: (sent: () => void) => unknown): Promise<void> => new Promise((resolve) => void write(resolve));
