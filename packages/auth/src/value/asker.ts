import { systemClock, systemRandom, type Context } from '@holdfast/core';

/** On whose account something is done: a call, or the layer itself, which has no call. */
export interface Asker {
  readonly context: Context;
  /** Id of the call. */
  readonly id?: string;
}

/** The layer before its first call: nobody has told it of a pipeline. */
export const noPipeline: Asker = Object.freeze({
  context: Object.freeze({
    service: 'default',
    clock: systemClock,
    random: systemRandom,
    warn: (message: string, cause?: unknown): void => console.warn(message, cause),
  }),
});
