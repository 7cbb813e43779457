import type { Random } from '@holdfast/core';

/** Largest piece that is drawn: small enough to cut through most events. */
const largestDrawnBytes = 96;

/** Cuts a sequence of bytes elsewhere than where it was joined. */
export interface Chunker {
  /** Takes bytes in, gives out the chunks that are complete. */
  push(bytes: Buffer): Buffer[];
  /** Gives out what is left. */
  flush(): Buffer[];
}

/** Chunks of `bytes` bytes each, or of sizes drawn from `random`. */
export function createChunker(bytes: number | 'random', random: Random): Chunker {
  const nextSize = (): number =>
    bytes === 'random' ? 1 + Math.floor(random() * largestDrawnBytes) : Math.max(1, bytes);
  let rest: Buffer = Buffer.alloc(0);
  let size = nextSize();
  return {
    push(more) {
      rest = rest.length === 0 ? more : Buffer.concat([rest, more]);
      const chunks: Buffer[] = [];
      while (rest.length >= size) {
        chunks.push(rest.subarray(0, size));
        rest = rest.subarray(size);
        size = nextSize();
      }
      return chunks;
    },
    flush() {
      const last = rest;
      rest = Buffer.alloc(0);
      return last.length === 0 ? [] : [last];
    },
  };
}
