import { faultOfThrown, announce, refuse, type Call, type Middleware, type Next } from '@holdfast/core';
import type { Gate } from './gate.ts';
import { Gates } from './gates.ts';
import { resolveOptions, type RateLimitOptions, type ResolvedRateLimitOptions } from './options.ts';
import type { Refused } from './pending.ts';
import { readingsOf } from './readings.ts';
import { statsOf, type DomainStats } from './stats.ts';
import { Ticket } from './ticket.ts';

/** The layer, with a window on its limits. */
export interface RateLimitMiddleware extends Middleware {
  /** How limits stand, by endpoint, model family and account (`https://api.openai.com gpt-5`). Empty before the first call. */
  stats(): Readonly<Record<string, DomainStats>>;
}

/**
 * Keeps calls within the limits of the upstream, which it learns from answers: requests and tokens, for each endpoint,
 * account and family of models. A call that finds no room waits for it, by priority, deadline and in turns between
 * tenants, if it can use the answer then; otherwise it is refused at once. After a 429 nothing goes for as long as the
 * server said.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function rateLimit(options: RateLimitOptions = {}): RateLimitMiddleware {
  const resolved = resolveOptions(options);
  const gates = new Gates(resolved);
  return {
    name: 'rateLimit',
    layer: 'rateLimit',
    handle(call, next) {
      const gate = gates.of(call);
      if (resolved.mode === 'observe') return observed(gate, call, next);
      const entered = gate.enter(call);
      if (entered instanceof Ticket) return within(entered, call, next);
      return entered instanceof Promise
        ? entered.then((result) => concluded(result, { call, next, gate, options: resolved }))
        : Promise.resolve(concluded(entered, { call, next, gate, options: resolved }));
    },
    outlook(call) {
      return resolved.mode === 'observe' ? undefined : gates.find(call)?.whyNot(call)?.reason;
    },
    stats() {
      return Object.fromEntries([...gates.all()].map((gate) => [gate.domain.name, statsOf(gate)]));
    },
    readings: () => readingsOf(gates.all()),
    describe: () => described(resolved),
    async close() {
      for (const gate of gates.all()) gate.close();
    },
  };
}

interface Asked {
  readonly call: Call;
  readonly next: Next;
  readonly gate: Gate;
  readonly options: ResolvedRateLimitOptions;
}

function concluded(result: Ticket | Refused, { call, next, gate, options }: Asked): Response | Promise<Response> {
  if (result instanceof Ticket) return within(result, call, next);
  const { refused: code, reason, retryAfterMs } = result;
  const event = { callId: call.id, service: call.service, domain: gate.domain.name, code, reason, retryAfterMs };
  announce(call.context, 'rateLimit.onRefused', options.onRefused, event);
  const wait = retryAfterMs !== undefined && Number.isFinite(retryAfterMs) ? { retryAfterMs } : {};
  return refuse(call, { layer: 'rateLimit', code, message: reason, ...wait });
}

/** Runs everything further in, and tells the gate how it went. */
function within(ticket: Ticket, call: Call, next: Next): Promise<Response> {
  return next(call).then(
    (response) => {
      ticket.answered(response);
      return response;
    },
    (error: unknown) => {
      ticket.failed(faultOfThrown(call, error));
      throw error;
    },
  );
}

/** Writes down what would have become of a call, and lets it go. What would not have been sent takes nothing. */
function observed(gate: Gate, call: Call, next: Next): Promise<Response> {
  const refused = gate.turnedAway(call) ?? gate.whyNot(call);
  if (refused !== undefined) {
    call.journey.decision('rateLimit', 'would_refuse', refused.reason);
    return next(call);
  }
  if (gate.holds(call)) {
    const waitMs = gate.expectedMs(call);
    const text = waitMs > 0 ? `about ${Math.ceil(waitMs)} ms for room` : 'for a place';
    call.journey.decision('rateLimit', 'would_wait', text);
  }
  return within(gate.force(call), call, next);
}

function described({ mode, concurrency, maxWaitMs, maxQueue, limits, throttle }: ResolvedRateLimitOptions): string {
  const told = Object.keys(limits).length;
  const parts = [
    told === 0 ? 'limits learned from answers' : `limits of ${told} model(s) given, others learned from answers`,
    `waits up to ${maxWaitMs} ms, ${maxQueue} at most`,
  ];
  if (typeof concurrency === 'number') parts.push(`${concurrency} at once`);
  else if (concurrency !== undefined) parts.push(`up to ${concurrency.max} at once, as latency allows`);
  if (throttle) parts.push('throttled while overloaded');
  if (mode === 'observe') parts.push('only observes');
  return parts.join('; ');
}
