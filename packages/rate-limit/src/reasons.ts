import type { Call } from '@holdfast/core';
import type { Bucket } from './bucket.ts';
import type { Gate } from './gate.ts';
import type { Pending, Refused } from './pending.ts';

/** How long a call may wait, and what says so. */
export interface Allowed {
  readonly ms: number;
  /** As the rest of "… ms". */
  readonly because: string;
}

/** How long a call may wait for room: as long as it is let, and no longer than it can use the answer. */
export function allowedMs(call: Call, maxWaitMs: number): Allowed {
  const leftMs = call.remainingMs();
  const { patienceMs } = call;
  if (patienceMs !== undefined && patienceMs < Math.min(leftMs, maxWaitMs))
    return { ms: patienceMs, because: 'after which another rung is asked' };
  if (leftMs < maxWaitMs) return { ms: Math.max(0, leftMs), because: 'that are left until its deadline' };
  return { ms: maxWaitMs, because: 'of rateLimit.maxWaitMs' };
}

/** A call would wait longer than it may. */
export function tooLong(
  gate: Gate,
  { call, expectedMs, allowed }: { readonly call: Call; readonly expectedMs: number; readonly allowed: Allowed },
): Refused {
  const end = call.isHedge
    ? 'a second request goes only where there is room at once'
    : `that is longer than the ${whole(allowed.ms)} ms ${allowed.because}`;
  const wait = expectedMs > 0 ? `would have to wait about ${whole(expectedMs)} ms` : 'finds no room';
  return {
    refused: 'rate_limited_local',
    reason: `${stateOf(gate)} A call ${wait}, and ${end}.`,
    retryAfterMs: expectedMs > 0 ? expectedMs : undefined,
  };
}

/** A call has waited as long as it may. */
export function gaveUp(gate: Gate, { call, sinceMs, patience, tokens }: Pending): Refused {
  const ms = whole(patience.giveUpMs - sinceMs);
  return {
    refused: 'rate_limited_local',
    reason: `${stateOf(gate)} It found no room within the ${ms} ms that it may wait.`,
    retryAfterMs: Math.max(1, gate.expectedMs(call, tokens)),
  };
}

export function queueFull(gate: Gate, expectedMs: number): Refused {
  return {
    refused: 'queue_full',
    reason: `${stateOf(gate)} No more may wait (rateLimit.maxQueue).`,
    retryAfterMs: expectedMs > 0 ? expectedMs : undefined,
  };
}

/** Somebody of a higher priority came while the queue was full. */
export function turnedOut(gate: Gate): Refused {
  return {
    refused: 'queue_full',
    reason: `${stateOf(gate)} No more may wait (rateLimit.maxQueue), and a call of a higher priority took its place.`,
    retryAfterMs: undefined,
  };
}

export function throttled(gate: Gate, chance: number): Refused {
  return {
    refused: 'rate_limited_local',
    reason:
      `${gate.domain.name} turns most calls away as overloaded, so ${whole(100 * chance)} % of them ` +
      'are not sent (rateLimit.throttle).',
    retryAfterMs: undefined,
  };
}

export const closed: Refused = Object.freeze({
  refused: 'rate_limited_local',
  reason: 'The pipeline was closed while the call waited for room.',
  retryAfterMs: undefined,
});

/** How things stand, in a sentence. */
function stateOf({ domain, waiting, allowance, concurrency, frozenMs }: Gate): string {
  const limits: string[] = [];
  const add = ({ limit, windowMs }: Bucket, what: string): void => {
    if (limit !== undefined) limits.push(`${limit} ${what} ${windowText(windowMs)}`);
  };
  add(allowance.requests, 'requests');
  add(allowance.tokens, 'tokens');
  add(allowance.projectTokens, 'tokens of the project');
  const perWindow = limits.length === 0 ? '' : ` (${limits.join(', ')})`;
  const atOnce = concurrency === undefined ? '' : `, ${concurrency.inFlight} of ${concurrency.limit} are under way`;
  const frozen = frozenMs > 0 ? `, and the server said to wait another ${whole(frozenMs)} ms` : '';
  return `The limits of ${domain.name}${perWindow} are used up: ${waiting} calls wait${atOnce}${frozen}.`;
}

const whole = (value: number): number => Math.ceil(value);

const windowText = (windowMs: number): string =>
  windowMs <= 60_000 ? 'a minute' : windowMs <= 3_600_000 ? 'an hour' : 'a day';
