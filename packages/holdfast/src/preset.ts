import { audit, type AuditOptions } from '@holdfast/audit';
import { auth, type AuthOptions } from '@holdfast/auth';
import { breaker, type BreakerOptions } from '@holdfast/breaker';
import {
  pipeline,
  type ClientLike,
  type Middleware,
  type Pipeline,
  type PipelineOptions,
  type Transport,
} from '@holdfast/core';
import { fallback, type FallbackOptions } from '@holdfast/fallback';
import { telemetry, type TelemetryOptions } from '@holdfast/otel';
import { rateLimit, type RateLimitOptions } from '@holdfast/rate-limit';
import { retry, type RetryOptions } from '@holdfast/retry';
import { hedge, routing, type HedgeOptions, type RoutingOptions } from '@holdfast/routing';
import { timeout, type TimeoutOptions } from '@holdfast/timeout';
import { sharedRetryBudget } from './shared-retry-budget.ts';
import { scopeHints } from './with-hints.ts';

/** The layers of the preset; `false` leaves one out, an object sets its options. */
export interface PresetOptions extends PipelineOptions {
  readonly telemetry?: TelemetryOptions | false;
  /** Absent by default: where lines go is yours to say. */
  readonly audit?: AuditOptions | false;
  /** Absent by default: no fallback model is guessed. */
  readonly fallback?: FallbackOptions | false;
  /** Absent by default: a second request costs as much as the first. */
  readonly hedge?: HedgeOptions | false;
  /** By default its budget is shared by all pipelines of the process that have the same clock. */
  readonly retry?: RetryOptions | false;
  /** Absent by default: there is one endpoint, the client's own. */
  readonly routing?: RoutingOptions | false;
  readonly rateLimit?: RateLimitOptions | false;
  readonly breaker?: BreakerOptions | false;
  /** Without limits of its own it ends attempts that would leave no time for another. */
  readonly timeout?: TimeoutOptions | false;
  /** Without `credentials` every call keeps the credential of its own client. */
  readonly auth?: AuthOptions | false;
  /** What carries the requests. @defaultValue the client's own fetch */
  readonly transport?: Transport;
}

/**
 * A pipeline with every layer at its defaults, in the order in which they work.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function preset(options: PresetOptions = {}): Pipeline {
  const builder = pipeline({ hints: scopeHints, ...options });
  for (const layer of layersOf(options)) builder.use(layer);
  return builder.build();
}

function layersOf(options: PresetOptions): (Middleware | Transport)[] {
  const layers: (Middleware | Transport)[] = [];
  if (options.telemetry !== false) layers.push(telemetry(options.telemetry));
  if (options.audit) layers.push(audit(options.audit));
  if (options.fallback) layers.push(fallback(options.fallback));
  if (options.hedge) layers.push(hedge(options.hedge));
  if (options.retry !== false) layers.push(retry({ budget: sharedRetryBudget(options.clock), ...options.retry }));
  if (options.routing) layers.push(routing(options.routing));
  if (options.rateLimit !== false) layers.push(rateLimit(options.rateLimit));
  if (options.breaker !== false) layers.push(breaker(breakerOptions(options)));
  if (options.timeout !== false) layers.push(timeout(options.timeout));
  if (options.auth !== false) layers.push(auth(options.auth));
  if (options.transport !== undefined) layers.push(options.transport);
  return layers;
}

/** Without a ladder there is nowhere to go for what a ramp holds back, so traffic comes home at once. */
function breakerOptions({ breaker: given, fallback: ladders }: PresetOptions): BreakerOptions {
  const isOwn = given === undefined || given === false || given.engine === undefined;
  return { ...(isOwn && !ladders && { rampMs: 0 }), ...(given === false ? {} : given) };
}

/**
 * The same client, holding fast: telemetry, retries, circuits and a credential that heals, bound to the
 * client's own key and origin. Options switch layers off, set them, or add a ladder of fallback models.
 *
 * @throws OptionError when an option breaks its rule; TypeError for a client that is wrapped already.
 */
export function holdfast<C extends ClientLike>(client: C, options: PresetOptions = {}): C {
  return preset(options).wrap(client);
}
