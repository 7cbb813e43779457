import { outcomeOfTap, retakeBody, retap, type ByteSource, type Call } from '@holdfast/core';
import { brokenBlock, withPartial } from './broken-block.ts';
import { Said } from './said.ts';

/** Goes on for a stream that broke; `undefined` where nobody can. */
export type Mend = (said: Said) => Promise<Segment | undefined>;

/** A part of an answer: its events, and the response that tells how it ended. */
export interface Segment {
  readonly response: Response;
  readonly source: ByteSource;
}

/** Bytes of a call to a tool that are kept back until it is whole. */
const maxHeldBytes = 1024 * 1024;

/**
 * What the caller reads of a stream that may break: passes it on as it comes, keeps calls to tools back until they
 * are whole, and when it breaks asks `mend` to go on. Where nobody can, the error has the text so far.
 */
class MendedSource implements ByteSource {
  readonly #mend: Mend | undefined;
  readonly #hasTools: boolean;
  readonly #said = new Said();
  #segment: Segment;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isOver = false;

  constructor(segment: Segment, hasTools: boolean, how: Mend | undefined) {
    this.#segment = segment;
    this.#hasTools = hasTools;
    this.#mend = how;
  }

  async read(): Promise<Uint8Array | undefined> {
    while (!this.#isOver) {
      const block = await this.#segment.source.read();
      if (block === undefined) return this.#ended();
      const outcome = outcomeOfTap(this.#segment.response);
      const passed = outcome?.ending === 'failed' ? await this.#broke(block) : this.#pass(block);
      if (passed !== undefined) return passed;
    }
    return undefined;
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = true;
    await this.#segment.source.cancel(reason);
  }

  /** Once a call to a tool has begun nothing more goes on before the end: half of it is worse than none. */
  #pass(block: Uint8Array): Uint8Array | undefined {
    if (this.#held.length === 0 && !(this.#hasTools && beginsTool(block))) {
      this.#said.add(block);
      return block;
    }
    this.#held.push(block);
    this.#heldBytes += block.length;
    return this.#heldBytes > maxHeldBytes ? this.#release() : undefined;
  }

  #release(): Uint8Array | undefined {
    if (this.#held.length === 0) return undefined;
    const whole = joined(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#said.add(whole);
    return whole;
  }

  #ended(): Uint8Array | undefined {
    this.#isOver = true;
    return this.#release();
  }

  async #broke(block: Uint8Array): Promise<Uint8Array | undefined> {
    const { good, event } = brokenBlock(block);
    const passed = good === undefined ? undefined : this.#pass(good);
    // Half a call to a tool: nobody has seen any of it.
    this.#held = [];
    this.#heldBytes = 0;
    const next = event === undefined ? undefined : await this.#mend?.(this.#said);
    if (next !== undefined) {
      this.#segment = next;
      return passed;
    }
    this.#isOver = true;
    if (event === undefined) return passed;
    const last = withPartial(event, this.#said.read());
    return passed === undefined ? last : joined([passed, last]);
  }
}

const tool = /"(?:tool_calls|function_call)": ?[[{]|"type": ?"response\.[\w.]*call[\w.]*"|"type": ?"\w+_call"/;
const beginsTool = (block: Uint8Array): boolean => tool.test(new TextDecoder().decode(block));

function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(blocks.reduce((length, block) => length + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

/** Puts a mended stream in the place of that of `response`, which stays the object that it is. */
export function mend(call: Call, response: Response, how: Mend | undefined): Response {
  const source = retakeBody(response);
  if (source === undefined) return response;
  const { raw } = call.body;
  const hasTools = typeof raw === 'string' && /"(?:tools|functions)"/.test(raw);
  retap(call, response, new MendedSource({ response, source }, hasTools, how));
  return response;
}
