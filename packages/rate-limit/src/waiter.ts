import type { HeapEntry } from './heap.ts';

/** How much a call matters when there is not room for all. */
export type Priority = 'high' | 'normal' | 'low';

/** Somebody who waits. */
export class Waiter implements HeapEntry {
  place = -1;
  readonly priority: Priority;
  readonly tenant: string;
  /** When an answer is of no more use, on the monotonic clock; infinite if never. */
  readonly deadline: number;
  /** What it takes of the share of its tenant. */
  readonly weight: number;
  /** Order of arrival; given by the queue. */
  sequence = 0;

  constructor({ priority = 'normal', tenant = '', deadline = Number.POSITIVE_INFINITY, weight = 1 }: WaiterOptions) {
    this.priority = priority;
    this.tenant = tenant;
    this.deadline = deadline;
    this.weight = weight;
  }
}

/** What a waiter is made from. */
export interface WaiterOptions {
  readonly priority?: Priority | undefined;
  readonly tenant?: string | undefined;
  readonly deadline?: number | undefined;
  readonly weight?: number | undefined;
}

/** Within a tenant: the earliest deadline first, and then who came first. */
export const isEarlier = (one: Waiter, other: Waiter): boolean =>
  one.deadline === other.deadline ? one.sequence < other.sequence : one.deadline < other.deadline;
