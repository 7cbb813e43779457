import { sideTable } from './side-table.ts';

/** Called when a response is gone that nobody read. */
export type OnGone = () => void;

/** Responses that are watched together; registering each alone would cost more than the rest of a call. */
const batchSize = 16;

class Batch {
  readonly callbacks: OnGone[] = [];
}

const watched = sideTable<Batch>();
const gone = new FinalizationRegistry<readonly OnGone[]>((callbacks) => {
  for (const callback of callbacks) callback();
});
/** Held weakly, so that a batch goes as soon as all its responses have gone, full or not. */
let current: WeakRef<Batch> | undefined;

/**
 * Calls `onGone` some time after `response` has been collected. A body that is never read brings neither
 * an end nor a `cancel()`, and this is the only news of it.
 */
export function whenGone(response: Response, onGone: OnGone): void {
  let batch = current?.deref();
  if (batch === undefined || batch.callbacks.length >= batchSize) {
    batch = new Batch();
    current = new WeakRef(batch);
    gone.register(batch, batch.callbacks);
  }
  batch.callbacks.push(onGone);
  watched.set(response, batch);
}
