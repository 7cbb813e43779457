import type { Context } from './call.ts';
import { notify } from './notify.ts';

/** Something that a layer tells: what its callback is told, under the name of that option. */
export interface LayerEvent {
  /** E.g. `retry.onRetry`. */
  readonly name: string;
  readonly service: string;
  /** What the callback of that name is told. Holds no secret, prompt or completion. */
  readonly detail: object;
}

/** Tells a callback of the user's, and all layers of the pipeline that listen. */
export function announce<E extends object>(
  context: Context,
  name: string,
  callback: ((event: E) => unknown) | undefined,
  event: E,
): void {
  notify(context, name, callback, event);
  context.onEvent?.({ name, service: context.service, detail: event });
}
