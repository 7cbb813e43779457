import type { ByteSource } from './byte-source.ts';
import { usageCuts, type Cuts } from './usage-cuts.ts';

/** Blocks share buffers, as one of its own would cost each more than all that is done with it. They double up to this. */
const maxRoomBytes = 16 * 1024;
const minRoomBytes = 4 * 1024;

/**
 * Takes usage that the caller did not ask for out of a stream of chat or text completions. Everything else keeps its
 * bytes, and a block without usage is the very one that came.
 */
export class UsageOmission {
  /** Off, everything passes: whoever reads now is not the caller. */
  isOn = true;
  readonly #applies: () => boolean;
  #room = new Uint8Array();
  #used = 0;

  /** @param applies - whether the caller did not ask for the usage in the block that comes. */
  constructor(applies: () => boolean = always) {
    this.#applies = applies;
  }

  /** What the caller is to see of a block of whole events; `undefined` if that is nothing. */
  of(block: Uint8Array): Uint8Array | undefined {
    if (!this.isOn || !this.#applies()) return block;
    const cuts = usageCuts(block);
    return cuts.length === 0 ? block : this.#without(block, cuts);
  }

  /** A copy, as the block itself belongs to whoever keeps it. */
  #without(block: Uint8Array, cuts: Cuts): Uint8Array | undefined {
    const base = this.#place(block.length);
    this.#room.set(block, base);
    let end = base + (cuts[0] as number);
    for (let index = 1; index < cuts.length; index += 2) {
      const from = cuts[index] as number;
      const to = cuts[index + 1] ?? block.length;
      this.#room.copyWithin(end, base + from, base + to);
      end += to - from;
    }
    this.#used = end;
    return end === base ? undefined : this.#room.subarray(base, end);
  }

  /** Where there is room for so many bytes. What somebody has taken away has none. */
  #place(length: number): number {
    if (this.#room.length - this.#used >= length) return this.#used;
    const roomBytes = Math.min(Math.max(this.#room.length * 2, minRoomBytes), maxRoomBytes);
    this.#room = new Uint8Array(Math.max(roomBytes, length));
    return 0;
  }
}

const always = (): boolean => true;

/** What a source gives, as the caller is to see it. */
export class OmittingSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #omission: UsageOmission;

  constructor(source: ByteSource, omission: UsageOmission) {
    this.#source = source;
    this.#omission = omission;
  }

  read(): ReturnType<ByteSource['read']> {
    if (!this.#omission.isOn) return this.#source.read();
    for (;;) {
      const block = this.#source.read();
      // No `async`: it would be another promise for every block.
      if (block instanceof Promise) return block.then(this.#came);
      const passed = block && this.#omission.of(block);
      if (passed !== undefined || block === undefined) return passed;
    }
  }

  cancel(reason?: unknown): void | Promise<void> {
    return this.#source.cancel(reason);
  }

  readonly #came = (block: Uint8Array | undefined): ReturnType<ByteSource['read']> =>
    block === undefined ? undefined : (this.#omission.of(block) ?? this.read());
}
