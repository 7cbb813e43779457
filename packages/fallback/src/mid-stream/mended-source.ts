import {
  callOfTap,
  omitsUsage,
  outcomeOfTap,
  retakeBody,
  retap,
  type ByteSource,
  type Call,
  type Fault,
} from '@holdfast/core';
import { brokenBlock, newsOf, withPartial, type LastEvent } from './broken-block.ts';
import { HeldCalls } from './held-calls.ts';
import { leash, type Leash } from './leash.ts';
import { Said } from './said.ts';

/** A stream that broke. */
export interface Broken {
  readonly said: Said;
  /** `undefined` where it broke in a way of which its own tap knows nothing. */
  readonly fault: Fault | undefined;
  /** The response itself has failed, and there is nothing more to be had of it. */
  readonly hasFailed: boolean;
  /** It broke inside a call to a tool, of which nothing was passed on. */
  readonly inToolCall: boolean;
  /** The call as it was answered: where, and by which credential. */
  readonly answered: Call | undefined;
  /** Ends with the call, and when the caller stops reading. */
  readonly signal: AbortSignal;
}

/** Goes on for a stream that broke; `undefined` where nobody can. */
export type Mend = (broken: Broken) => Promise<Segment | undefined>;

/** A part of an answer: its events, and the response that tells how it ended. */
export interface Segment {
  readonly response: Response;
  readonly source: ByteSource;
}

/**
 * What the caller reads of a stream that may break: passes it on as it comes, keeps calls to tools back until they
 * are whole, and when it breaks asks `mend` to go on. Where nobody can, the error has the text so far.
 */
class MendedSource implements ByteSource {
  readonly #call: Call;
  readonly #mend: Mend | undefined;
  readonly #calls: HeldCalls | undefined;
  readonly #said = new Said();
  #segment: Segment;
  /** The news of a break that is not dealt with yet: what was good before it goes on without waiting. */
  #broken: LastEvent | undefined;
  #leash: Leash | undefined;
  #isLetGo = false;
  #isOver = false;

  constructor(call: Call, segment: Segment, how: Mend | undefined) {
    this.#call = call;
    this.#segment = segment;
    this.#mend = how;
    this.#calls = mayCallTools(call) ? new HeldCalls() : undefined;
  }

  get omitsUsage(): boolean {
    return omitsUsage(this.#segment.response);
  }

  read(): ReturnType<ByteSource['read']> {
    while (!this.#isOver) {
      if (this.#broken !== undefined) return this.#goOn(this.#broken);
      let block: ReturnType<ByteSource['read']>;
      try {
        block = this.#segment.source.read();
      } catch (error) {
        return this.#threw(error);
      }
      // No `async`: it would be another promise for every block.
      if (block instanceof Promise) return block.then(this.#came, this.#threw);
      const passed = this.#take(block);
      if (passed !== undefined) return passed;
    }
    return undefined;
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#over();
    // Whoever is on the way to mend this has nobody to do it for any more.
    this.#leash?.pull(reason);
    if (!this.#isLetGo) await this.#segment.source.cancel(reason);
  }

  readonly #came = (block: Uint8Array | undefined): ReturnType<ByteSource['read']> => this.#take(block) ?? this.read();

  #take(block: Uint8Array | undefined): Uint8Array | undefined {
    if (this.#isOver) return undefined;
    if (block === undefined) return this.#ended();
    const { good, last } = this.#fault() === undefined ? { good: block } : brokenBlock(block);
    this.#broken = last;
    return good && this.#pass(good);
  }

  /** Not the caller's own doing is a break like any other. */
  readonly #threw = (error: unknown): ReturnType<ByteSource['read']> => {
    if (this.#isOver) return undefined;
    const { signal } = this.#call;
    if (signal?.aborted === true) return this.#gaveUp(signal.reason);
    const how = error instanceof Error ? error.message : String(error);
    this.#broken = newsOf('stream_interrupted', `The stream from ${this.#call.route.host} broke (${how}).`);
    return this.read();
  };

  #fault(): Fault | undefined {
    return outcomeOfTap(this.#segment.response)?.fault;
  }

  #pass(block: Uint8Array): Uint8Array | undefined {
    const passed = this.#calls === undefined ? block : this.#calls.pass(block);
    if (passed !== undefined) this.#said.add(passed);
    return passed;
  }

  #ended(): Uint8Array | undefined {
    this.#over();
    return this.#calls?.release();
  }

  async #goOn(last: LastEvent): Promise<Uint8Array | undefined> {
    this.#broken = undefined;
    const fault = this.#fault();
    this.#letGo();
    let segment: Segment | undefined;
    try {
      segment = await this.#mended(last, fault);
    } catch (error) {
      if (this.#isOver) return undefined;
      const { signal } = this.#call;
      if (signal?.aborted === true) return this.#gaveUp(signal.reason);
      this.#note('error', `nobody could go on: ${error instanceof Error ? error.name : typeof error}`);
    }
    if (this.#isOver) {
      await segment?.source.cancel();
      return undefined;
    }
    if (segment === undefined) return this.#told(last);
    this.#calls?.drop();
    this.#segment = segment;
    this.#isLetGo = false;
    return this.read();
  }

  async #mended({ kind }: LastEvent, fault: Fault | undefined): Promise<Segment | undefined> {
    if (this.#mend === undefined || fault?.kind === 'deadline_exceeded' || fault?.kind === 'aborted') return undefined;
    this.#leash ??= leash(this.#call.signal);
    return this.#mend({
      said: this.#said,
      fault,
      hasFailed: kind === 'failed',
      inToolCall: this.#calls?.any === true,
      answered: callOfTap(this.#segment.response),
      signal: this.#leash.signal,
    });
  }

  /** The last word: what half a call to a tool there was has been seen by nobody. */
  #told(last: LastEvent): Uint8Array {
    this.#calls?.drop();
    this.#letGo();
    this.#over();
    return withPartial(last, this.#said.read());
  }

  /** The caller's abort goes on as it is; its deadline is told, as the loop of a client would end in silence. */
  #gaveUp(reason: unknown): Uint8Array {
    const { code, message } = (reason ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    if (code === 'deadline_exceeded') return this.#told(newsOf(code, String(message)));
    this.#letGo();
    this.#over();
    throw reason;
  }

  /** Lets go of a part that nobody reads to its end. */
  #letGo(): void {
    if (this.#isLetGo) return;
    this.#isLetGo = true;
    const { source } = this.#segment;
    (async () => source.cancel())().catch(() => undefined);
  }

  #over(): void {
    this.#isOver = true;
    this.#leash?.release();
  }

  #note(action: string, reason: string): void {
    this.#call.journey.decision('fallback', action, reason);
  }
}

/** Whether the answer may call tools: given ones, or those of a prompt that is kept upstream. */
const mayCallTools = ({ body: { raw } }: Call): boolean =>
  typeof raw !== 'string' || /"(?:tools|functions|prompt)"/.test(raw);

/** Puts a mended stream in the place of that of `response`, which stays the object that it is. */
export function mend(call: Call, response: Response, how: Mend | undefined): Response {
  const source = retakeBody(response);
  if (source !== undefined) retap(call, response, new MendedSource(call, { response, source }, how));
  return response;
}
