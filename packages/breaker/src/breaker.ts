import {
  announce,
  observe,
  refuse,
  type Call,
  type CircuitEngine,
  type CircuitState,
  type Context,
  type Middleware,
  type Next,
} from '@holdfast/core';
import { circuitEngine } from './circuit-engine.ts';
import { circuitKeys, subjectOf, type CircuitKeys } from './circuit-key.ts';
import { CredentialDomains } from './credential-domains.ts';
import { describeThresholds } from './describe-thresholds.ts';
import type { DescribedEngine } from './details.ts';
import { durationText } from './duration-text.ts';
import { askLeave, waitMsOf, type Gate, type Leave, type Refused } from './leave.ts';
import { checkBreakerOptions, type BreakerOptions } from './options.ts';
import { readingsOf } from './readings.ts';
import { rejectionMessage } from './rejection-message.ts';

/** The layer, with a window on its circuits. */
export interface BreakerMiddleware extends Middleware {
  /** State of every circuit there is, by key (`https://api.openai.com gpt-5 chat`). Empty before the first call. */
  status(): ReadonlyMap<string, CircuitState>;
  /** What keeps the circuits. One that was not given is made with the clock of the first call. */
  readonly engine: CircuitEngine | undefined;
}

/**
 * Stops calling what is down: a circuit per endpoint, model and operation, one per endpoint for connections, and
 * one per credential whose quota is spent. An outcome is counted when the body ended, so a stream that dies
 * half-way is a failure; what says nothing about the upstream (a wrong request, a refused key, a caller who went
 * away) counts as nothing at all.
 *
 * A call that meets an open circuit is refused with `circuit_open` at once and reaches no upstream.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function breaker(options: BreakerOptions = {}): BreakerMiddleware {
  checkBreakerOptions(options);
  const { engine: given, mode = 'enforce', ...thresholds } = options;
  const keysOf = circuitKeys();
  const domains = new CredentialDomains();
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
      const keys = keysOf(call);
      const gate = { engine, domains, keys, call };
      const leave = askLeave(gate);
      if (leave.granted) return guarded(leave, call, next);
      return mode === 'observe' ? observed(gate, leave, next) : Promise.resolve(refused(call, keys, leave));
    },
    outlook(call) {
      if (mode === 'observe') return undefined;
      const waitMs = engine === undefined ? 0 : waitMsOf({ engine, domains, keys: keysOf(call), call });
      if (waitMs === 0) return undefined;
      return `the circuit of ${subjectOf(call)} ${Number.isFinite(waitMs) ? `refuses for ${durationText(waitMs)}` : 'was opened by hand'}`;
    },
    readings: () => (engine === undefined ? [] : readingsOf(engine)),
    describe: () =>
      (given === undefined ? describeThresholds(thresholds) : describeGiven(given)) +
      (mode === 'observe' ? '; only observes' : ''),
    async close() {
      // A given engine may be serving others.
      if (given === undefined) engine?.close();
    },
  };
}

const describeGiven = (engine: DescribedEngine): string => engine.describe?.() ?? 'an engine of your own';

function ownEngine(options: Omit<BreakerOptions, 'engine' | 'mode'>, context: Context): CircuitEngine {
  const { onStateChange } = options;
  return circuitEngine({
    ...options,
    clock: context.clock,
    random: context.random,
    warn: context.warn,
    onStateChange: (change) => announce(context, 'breaker.onStateChange', onStateChange, change),
  });
}

function guarded(leave: Leave, call: Call, next: Next): Promise<Response> {
  if (leave.probe)
    call.journey.decision('breaker', 'probe', `the circuit of ${subjectOf(call)} is half open; this call decides`);
  return observe(call, leave.watched(next), (outcome) => leave.end(outcome));
}

/** Writes down that a call would have been refused, and lets it go: as a probe where one is free, otherwise uncounted. */
function observed(gate: Gate, refusal: Refused, next: Next): Promise<Response> {
  const { call, keys } = gate;
  call.journey.decision('breaker', 'would_refuse', rejectionMessage(call, keys, refusal));
  const leave = askLeave({ ...gate, call: call.with({ forced: true }) });
  return leave.granted ? guarded(leave, call, next) : next(call);
}

function refused(call: Call, keys: CircuitKeys, refusal: Refused): Response {
  const { retryAfterMs } = refusal.rejection;
  return refuse(call, {
    layer: 'breaker',
    code: 'circuit_open',
    message: rejectionMessage(call, keys, refusal),
    // Nobody knows when a circuit that was opened by hand is closed again.
    ...(Number.isFinite(retryAfterMs) && { retryAfterMs }),
  });
}
