import { setImmediate as turn } from 'node:timers/promises';

/** Rounds of collecting: what a `FinalizationRegistry` lets go of in one turn is found in the next. */
const rounds = 6;

/** Bytes that are really held: on the heap and, for buffers, beside it. Needs `--expose-gc`. */
export async function heldBytes(): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    await turn();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
