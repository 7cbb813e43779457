import type { Journey } from '@holdfast/core';
import type { Start } from './start.ts';
import type { Tally } from './tally.ts';

/** Why a call that is overdue is not sent again, by the figure that counts it. */
export type Held = Extract<keyof Tally, `suppressed${string}`>;

/** Why a call that is overdue is not sent again; `undefined` if it is, and its share is spent. */
export function whyNot({ call, pace, share }: Start): Held | undefined {
  if (pace.surge.isOn(call.clock.monotonic())) return 'suppressedBySlowness';
  if (waits(call.journey)) return 'suppressedByWait';
  return share.spend() ? undefined : 'suppressedByShare';
}

/** Whether the first request waits on purpose: who was told to come later does not come twice instead. */
function waits(journey: Journey): boolean {
  const last = journey.entries.at(-1);
  return last?.type === 'wait' && last.atMs + last.delayMs > journey.elapsedMs();
}
