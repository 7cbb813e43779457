import type { Clock, Random } from '@holdfast/core';
import type { AnswerFault, ChunkingFault, FatalFault, FaultMatch, FaultRule, LatencyFault } from './fault.ts';
import type { UpstreamRequest } from './request.ts';

/** What shall happen to one request: at most one fault that decides it, and what goes along. */
export interface FaultPlan {
  fault?: FatalFault;
  latency?: LatencyFault;
  chunking?: ChunkingFault;
  answer?: AnswerFault;
}

interface LiveRule {
  readonly rule: FaultRule;
  readonly sinceMs: number;
  seen: number;
  applied: number;
}

const matchesText = (expected: string | RegExp | undefined, actual: string | undefined): boolean => {
  if (expected === undefined) return true;
  if (actual === undefined) return false;
  // Searching ignores the `lastIndex` that a global expression carries from call to call.
  return typeof expected === 'string' ? expected === actual : actual.search(expected) >= 0;
};

const matchesPath = (expected: string | RegExp | undefined, request: UpstreamRequest): boolean =>
  matchesText(expected, request.pathname) || (typeof expected === 'string' && expected === request.path);

const matchesKey = (expected: string | undefined, request: UpstreamRequest): boolean =>
  expected === undefined ||
  expected === request.secret ||
  expected === request.caller?.keyId ||
  expected === request.caller?.label;

const matches = (match: FaultMatch | undefined, request: UpstreamRequest): boolean =>
  match === undefined ||
  (matchesText(match.model, request.model) &&
    matchesPath(match.path, request) &&
    matchesKey(match.key, request) &&
    (match.stream === undefined || match.stream === request.stream) &&
    (match.method === undefined || match.method.toUpperCase() === request.method));

/** The rules by which requests fail, and how often each has been seen and applied. */
export class FaultScript {
  readonly #clock: Clock;
  readonly #random: Random;
  #rules: LiveRule[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Appends rules. Their time windows and counters begin now. */
  add(rules: readonly FaultRule[]): void {
    const sinceMs = this.#clock.monotonic();
    for (const rule of rules) this.#rules.push({ rule, sinceMs, seen: 0, applied: 0 });
  }

  /** Forgets all rules. */
  clear(): void {
    this.#rules = [];
  }

  /** What happens to `request`: the first live rule decides; waits, chunk sizes and answers before it go along. */
  plan(request: UpstreamRequest): FaultPlan | undefined {
    if (this.#rules.length === 0) return undefined;
    let plan: FaultPlan | undefined;
    for (const live of this.#rules) {
      if (!this.#applies(live, request)) continue;
      plan ??= {};
      const { fault } = live.rule;
      if (fault.kind === 'latency') plan.latency ??= fault;
      else if (fault.kind === 'chunking') plan.chunking ??= fault;
      else if (fault.kind === 'answer') plan.answer ??= fault;
      else {
        plan.fault = fault;
        return plan;
      }
    }
    return plan;
  }

  #applies(live: LiveRule, request: UpstreamRequest): boolean {
    const { rule } = live;
    if (live.applied >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
    const ageMs = this.#clock.monotonic() - live.sinceMs;
    if (ageMs < (rule.fromMs ?? 0) || ageMs >= (rule.untilMs ?? Number.POSITIVE_INFINITY)) return false;
    if (!matches(rule.match, request)) return false;
    live.seen += 1;
    const counted = live.seen - (rule.after ?? 0);
    if (counted <= 0 || counted % (rule.every ?? 1) !== 0) return false;
    if (rule.probability !== undefined && this.#random() >= rule.probability) return false;
    live.applied += 1;
    return true;
  }
}
