import type { FaultKind } from '@holdfast/core';
import type { EndedCall } from './gen-ai.ts';

/** How a stream came to its end. */
export type Completion = 'done' | 'cancelled' | 'cut' | 'error_event';

/** Faults of streams that stopped, or were stopped, without a word of the upstream. */
const cuts: ReadonlySet<FaultKind> = new Set(['stream_interrupted', 'timeout', 'deadline_exceeded', 'network']);

/** How the stream of a call ended; `undefined` where the answer was none, or there was none. */
export function completionOf({ call, outcome, errorType }: EndedCall): Completion | undefined {
  const { status, events, ending, fault } = outcome;
  const hasBegun = status !== undefined && status < 400;
  if (events === undefined && !(hasBegun && call.body.stream)) return undefined;
  if (ending === 'complete') return 'done';
  if (fault === undefined || errorType === undefined) return 'cancelled';
  return fault.kind === 'aborted' || cuts.has(fault.kind) ? 'cut' : 'error_event';
}
