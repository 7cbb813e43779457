import {
  notify,
  observe,
  refuse,
  type Call,
  type CircuitEngine,
  type CircuitState,
  type Context,
  type Middleware,
  type Next,
  type Outcome,
  type Permit,
} from '@holdfast/core';
import { circuitKeys, subjectOf } from './circuit-key.ts';
import { describeThresholds } from './describe-thresholds.ts';
import type { DescribedEngine, DetailedPermit, DetailedRejection, DetailedReport } from './details.ts';
import { opossumEngine } from './opossum-engine.ts';
import { checkBreakerOptions, type BreakerOptions } from './options.ts';
import { rejectionMessage } from './rejection-message.ts';
import { verdictOf } from './verdict.ts';

/** The layer, with a window on its circuits. */
export interface BreakerMiddleware extends Middleware {
  /** State of every circuit there is, by key (`https://api.openai.com gpt-5`). Empty before the first call. */
  status(): ReadonlyMap<string, CircuitState>;
  /** What keeps the circuits. One that was not given is made with the clock of the first call. */
  readonly engine: CircuitEngine | undefined;
}

/**
 * Stops calling what is down: one circuit per endpoint and model. An outcome is counted when the body
 * ended, so a stream that dies half-way is a failure; what says nothing about the upstream (a wrong
 * request, a refused key, a caller who went away) counts as nothing at all.
 *
 * A call that meets an open circuit is refused with `circuit_open` at once and reaches no upstream.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function breaker(options: BreakerOptions = {}): BreakerMiddleware {
  checkBreakerOptions(options);
  const { engine: given, ...thresholds } = options;
  const keyOf = circuitKeys();
  let engine: DescribedEngine | undefined = given;
  return {
    name: 'breaker',
    layer: 'breaker',
    get engine() {
      return engine;
    },
    status: () => engine?.status() ?? new Map(),
    handle(call, next) {
      engine ??= ownEngine(thresholds, call.context);
      return guarded(engine.acquire(keyOf(call)), call, next);
    },
    describe: () => (given === undefined ? describeThresholds(thresholds) : describeGiven(given)),
    async close() {
      // A given engine may be serving others.
      if (given === undefined) engine?.close();
    },
  };
}

const describeGiven = (engine: DescribedEngine): string => engine.describe?.() ?? 'an engine of your own';

function ownEngine(options: Omit<BreakerOptions, 'engine'>, context: Context): CircuitEngine {
  const { onStateChange } = options;
  return opossumEngine({
    ...options,
    clock: context.clock,
    warn: context.warn,
    onStateChange: (change) => notify(context, 'breaker.onStateChange', onStateChange, change),
  });
}

function guarded(permit: DetailedPermit | DetailedRejection, call: Call, next: Next): Promise<Response> {
  if (!permit.granted) return Promise.resolve(refused(call, permit));
  if (permit.probe === true)
    call.journey.decision('breaker', 'probe', `the circuit of ${subjectOf(call)} is half open; this call decides`);
  return observe(call, next, (outcome) => end(permit, outcome));
}

function end(permit: Permit, outcome: Outcome): void {
  const retryAfterMs = outcome.fault?.retryAfterMs;
  const { firstEventMs, durationMs } = outcome;
  const report: DetailedReport = retryAfterMs === undefined ? outcome : { firstEventMs, durationMs, retryAfterMs };
  permit.end(verdictOf(outcome), report);
}

function refused(call: Call, rejection: DetailedRejection): Response {
  const { retryAfterMs } = rejection;
  return refuse(call, {
    layer: 'breaker',
    code: 'circuit_open',
    message: rejectionMessage(call, rejection),
    // Nobody knows when a circuit that was opened by hand is closed again.
    ...(Number.isFinite(retryAfterMs) && { retryAfterMs }),
  });
}
