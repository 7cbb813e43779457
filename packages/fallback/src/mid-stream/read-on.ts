import { eventBytes, eventData, type ByteSource } from '@holdfast/core';
import { decoded, fieldsOf, joined } from './event-text.ts';

const terminal = /^response\.(?:completed|incomplete|failed)$/;

/**
 * What comes behind an event that the caller has: an upstream may begin a little earlier, and must not begin later.
 * Original bytes, each event once and in order; a gap, or an end without the terminal event, is a break.
 */
export class ReadOn implements ByteSource {
  readonly #source: ByteSource;
  #sequence: number;
  #hasEnded = false;

  /** @param sequence - number of the last event that the caller has. */
  constructor(source: ByteSource, sequence: number) {
    this.#source = source;
    this.#sequence = sequence;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const block = await this.#source.read();
      if (block === undefined) {
        if (this.#hasEnded) return undefined;
        throw new Error('it ended before its response did');
      }
      const fresh: Uint8Array[] = [];
      const lacks = eventBytes(block).some((event) => !this.#take(event, fresh));
      // What came before the gap goes on; the next read finds what is missing.
      if (lacks && fresh.length === 0) throw new Error('events are missing');
      if (fresh.length > 0) return joined(fresh);
    }
  }

  cancel(reason?: unknown): void | Promise<void> {
    return this.#source.cancel(reason);
  }

  /** Whether an event does not come too early; what is new of it is put to `fresh`. */
  #take(event: Uint8Array, fresh: Uint8Array[]): boolean {
    const [data = ''] = eventData(decoded(event));
    const { type, sequence_number: sequence } = fieldsOf(data) ?? {};
    // An error is numbered as it likes; comments keep a connection alive.
    if (typeof sequence !== 'number' || type === 'error') {
      fresh.push(event);
      return true;
    }
    if (sequence <= this.#sequence) return true;
    if (sequence > this.#sequence + 1) return false;
    this.#sequence = sequence;
    if (terminal.test(String(type))) this.#hasEnded = true;
    fresh.push(event);
    return true;
  }
}
