import type { AttemptEntry, DecisionEntry, Fault, RefusalEntry, WaitEntry } from '@holdfast/core';
import { plain, plainOrNothing } from './plain.ts';

/** What went wrong, as far as it is told. */
export interface StoryFault extends Partial<Pick<Fault, 'status' | 'retryAfterMs'>> {
  /** A `FaultKind`. */
  readonly kind: string;
  readonly scope?: string;
  readonly code?: string;
}

/** A request to an upstream; one without `durationMs` is under way. */
export interface StoryAttempt extends Readonly<Omit<AttemptEntry, 'fault'>> {
  readonly fault: StoryFault | undefined;
}

/** What a story is made of. Every `atMs` is when it began, from the start of the call. */
export type StoryEntry = StoryAttempt | WaitEntry | RefusalEntry | DecisionEntry;

/** What is longer than this (115 days) is no duration of a call. */
const longestMs = 1e10;

/** A duration or a point in time; `undefined` for what cannot be one. */
export const msOf = (value: unknown): number | undefined =>
  // Adding 0 makes a 0 of the negative one, which JSON may hold.
  typeof value === 'number' && value >= 0 && value <= longestMs ? value + 0 : undefined;

/** A number that is counted from zero, such as tokens or a status. */
export const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) + 0 : undefined;

/** The members of an object from outside; none for what is no object. */
export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** An entry of a journey with nothing in it that is not what it seems; `undefined` for what is none. */
export function entryOf(given: unknown): StoryEntry | undefined {
  const entry = membersOf(given);
  const atMs = msOf(entry['atMs']);
  if (atMs === undefined) return undefined;
  const { type } = entry;
  if (type === 'attempt') return attemptOf(entry, atMs);
  const layer = plain(entry['layer']);
  const reason = plain(entry['reason']);
  if (type === 'wait') return waitOf({ atMs, layer, reason, delayMs: msOf(entry['delayMs']) ?? 0 });
  if (type === 'refusal') return { type, atMs, layer, code: plain(entry['code']), reason };
  return type === 'decision' ? { type, atMs, layer, action: plain(entry['action']), reason } : undefined;
}

function attemptOf(entry: Readonly<Record<string, unknown>>, atMs: number): StoryAttempt {
  return {
    type: 'attempt',
    atMs,
    number: countOf(entry['number']) ?? 0,
    origin: plain(entry['origin']),
    model: plainOrNothing(entry['model']),
    credential: plainOrNothing(entry['credential']),
    limitDomain: plainOrNothing(entry['limitDomain']),
    status: countOf(entry['status']),
    requestId: plainOrNothing(entry['requestId']),
    fault: storyFaultOf(entry['fault']),
    durationMs: msOf(entry['durationMs']),
  };
}

/** `rateLimit` writes a wait down when it is over, every other layer when it begins. */
const waitOf = ({ atMs, ...wait }: Omit<WaitEntry, 'type'>): WaitEntry => ({
  type: 'wait',
  atMs: wait.layer === 'rateLimit' ? Math.max(0, atMs - wait.delayMs) : atMs,
  ...wait,
});

/** A fault as it is told; `undefined` for what is none. */
export function storyFaultOf(given: unknown): StoryFault | undefined {
  const fault = membersOf(given);
  const kind = plain(fault['kind']);
  if (kind === '') return undefined;
  const [scope, code] = [plainOrNothing(fault['scope']), plainOrNothing(fault['code'])];
  const [status, retryAfterMs] = [countOf(fault['status']), msOf(fault['retryAfterMs'])];
  return {
    kind,
    ...(scope !== undefined && { scope }),
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
