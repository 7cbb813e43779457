/** Somebody who waits for an answer to be read, and is told when it never will be. */
export interface Reader {
  /** Called some time after the answer has been collected. */
  abandoned(): void;
}

/** Answers that are watched together; registering each alone would cost more than the rest of a call. */
const batchSize = 16;

/**
 * A batch of answers, held by each of them and by nobody else. Those who wait for one of them are in a set
 * that the registry holds, and the collector of the young generation takes whatever a registry holds for
 * alive; so whoever has what he waited for leaves it, or each call would leave its journey behind until the
 * next full collection.
 */
export class Batch {
  readonly waiting: Set<Reader> = new Set();
  size = 0;
}

const gone = new FinalizationRegistry<Set<Reader>>((waiting) => {
  for (const reader of waiting) reader.abandoned();
});
/** Held weakly, so that a batch goes as soon as all its answers have gone, full or not. */
let current: WeakRef<Batch> | undefined;

/**
 * Lets `reader` know when an answer has gone unread: a body that is never read brings neither an end nor a
 * `cancel()`, and this is the only news of it. The answer holds the batch, and the reader must not; the
 * reader leaves `waiting` once it has the end of the body.
 */
export function watchUnread(reader: Reader): Batch {
  let batch = current?.deref();
  if (batch === undefined || batch.size >= batchSize) {
    batch = new Batch();
    current = new WeakRef(batch);
    gone.register(batch, batch.waiting);
  }
  batch.size++;
  batch.waiting.add(reader);
  return batch;
}
