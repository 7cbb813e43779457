import { eventBytes, eventData, OpenToolCalls } from '@holdfast/core';
import { decoded, joined } from './event-text.ts';

/** Bytes of calls to tools that are kept back at most. What is longer goes on in pieces. */
const maxHeldBytes = 1024 * 1024;

const mayBegin = /tool_calls|function_call|_call"/;

/**
 * Keeps calls to tools back until each is whole, so that no half of one ever reaches anybody who might carry it out.
 * Everything else passes, with its original bytes.
 */
export class HeldCalls {
  #open = new OpenToolCalls();
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isTooLong = false;

  /** Whether something is kept back. */
  get any(): boolean {
    return this.#held.length > 0;
  }

  /** Returns what may go on of a block of whole events. */
  pass(block: Uint8Array): Uint8Array | undefined {
    if (!this.any && !this.#open.any && !mayBegin.test(decoded(block))) return block;
    const passed = eventBytes(block).flatMap((event) => this.#passEvent(event));
    return passed.length === 0 ? undefined : joined(passed);
  }

  /** What is kept back; for a stream that ended whole. */
  release(): Uint8Array | undefined {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held.length === 0 ? undefined : joined(held);
  }

  /** Forgets what is kept back: half a call, of which nobody has seen any. */
  drop(): void {
    this.release();
    this.#open = new OpenToolCalls();
    this.#isTooLong = false;
  }

  #passEvent(event: Uint8Array): Uint8Array[] {
    const wasOpen = this.#open.any;
    for (const data of eventData(decoded(event))) this.#open.add(data);
    if (!wasOpen && !this.#open.any) return [event];
    this.#held.push(event);
    this.#heldBytes += event.length;
    if (!this.#open.any) this.#isTooLong = false;
    else if (this.#heldBytes > maxHeldBytes) this.#isTooLong = true;
    else if (!this.#isTooLong) return [];
    const released = this.release();
    return released === undefined ? [] : [released];
  }
}
