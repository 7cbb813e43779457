import type { AuthCallbacks, AuthOptions, PoolOptions, RefreshOptions } from '@holdfast/auth';
import type { BreakerOptions } from '@holdfast/breaker';
import type { EndpointOptions } from '@holdfast/core';
import type { FallbackOptions } from '@holdfast/fallback';
import type { RateLimitOptions } from '@holdfast/rate-limit';
import type { RetryOptions } from '@holdfast/retry';
import type { HedgeOptions, RoutingOptions } from '@holdfast/routing';
import type { TimeoutOptions } from '@holdfast/timeout';
import { z } from 'zod';
import { credentialEntries, envName } from './credential-entries.ts';

const durationMs = z.number().min(0);
const someTimeMs = z.number().gt(0);
const ratio = z.number().min(0).max(1);
const wholeFrom = (least: number) => z.number().int().min(least);
const text = z.string().min(1);
const modelName = text;

/** `observe` decides and records, and does not act. */
const mode = z.enum(['enforce', 'observe']);

/** A schema for each of `Options` that a file can say: whoever adds one to a layer is told to add it here. */
type SchemasOf<Options, Unsayable extends keyof Options = never> = Record<Exclude<keyof Options, Unsayable>, z.ZodType>;

const budget = z.strictObject({
  ratio: ratio.optional(),
  minRetriesPerSecond: durationMs.optional(),
  windowMs: someTimeMs.optional(),
});

const retry = z.strictObject({
  maxRetries: wholeFrom(0).optional(),
  maxRetriesByFault: z.record(z.string(), wholeFrom(0)).optional(),
  initialDelayMs: durationMs.optional(),
  maxDelayMs: durationMs.optional(),
  jitter: z.enum(['full', 'decorrelated']).optional(),
  maxServerWaitMs: durationMs.optional(),
  jitterRatio: ratio.optional(),
  budget: z.union([z.literal(false), budget], { error: 'false to switch it off, or its options' }).optional(),
  ambiguous: z.record(z.string(), z.enum(['retry', 'give_up'])).optional(),
  holdBack: z.boolean().optional(),
  reserveRatio: ratio.optional(),
} satisfies SchemasOf<RetryOptions, 'backoff' | 'onRetry' | 'onBudgetExhausted'>);

const modelLimits = z.strictObject({
  requestsPerMinute: wholeFrom(1).optional(),
  tokensPerMinute: wholeFrom(1).optional(),
});

const concurrency = z.union(
  [
    wholeFrom(1),
    z.literal('adaptive'),
    z.strictObject({
      initial: wholeFrom(1).optional(),
      min: wholeFrom(1).optional(),
      max: wholeFrom(1).optional(),
      tolerance: z.number().min(1).optional(),
    }),
  ],
  { error: "a whole number from 1, 'adaptive', or { initial, min, max, tolerance }" },
);

const rateLimit = z.strictObject({
  mode: mode.optional(),
  limits: z.record(modelName, modelLimits).optional(),
  concurrency: concurrency.optional(),
  maxWaitMs: durationMs.optional(),
  maxQueue: wholeFrom(0).optional(),
  spreadMs: durationMs.optional(),
  freezeMs: durationMs.optional(),
  throttle: z.boolean().optional(),
  maxDomains: wholeFrom(1).optional(),
} satisfies SchemasOf<RateLimitOptions, 'domain' | 'family' | 'countTokens' | 'onRefused' | 'onLimit' | 'onFreeze'>);

const timeout = z.strictObject({
  attemptMs: someTimeMs.optional(),
  headersMs: someTimeMs.optional(),
  firstEventMs: someTimeMs.optional(),
  firstContentMs: someTimeMs.optional(),
  idleMs: someTimeMs.optional(),
  reasoningIdleMs: someTimeMs.optional(),
  minTokensPerSecond: z.number().gt(0).optional(),
  rateWindowMs: someTimeMs.optional(),
} satisfies SchemasOf<TimeoutOptions, 'limits' | 'onTimeout'>);

const hedge = z.strictObject({
  percentile: z.number().min(0.5).max(0.999).optional(),
  minimumCalls: wholeFrom(1).optional(),
  minDelayMs: durationMs.optional(),
  maxDelayMs: someTimeMs.optional(),
  maxShare: ratio.optional(),
  burst: wholeFrom(0).optional(),
  calmMs: durationMs.optional(),
  adaptMs: durationMs.optional(),
  operations: z.array(z.string()).optional(),
} satisfies SchemasOf<HedgeOptions, 'when' | 'onHedge'>);

const breaker = z.strictObject({
  mode: mode.optional(),
  windowMs: wholeFrom(1).optional(),
  minimumCalls: wholeFrom(1).optional(),
  failureThreshold: ratio.optional(),
  consecutiveFailures: wholeFrom(0).optional(),
  slowCallMs: durationMs.optional(),
  slowCallThreshold: ratio.optional(),
  openMs: wholeFrom(1).optional(),
  openGrowth: z.number().min(1).optional(),
  maxOpenMs: durationMs.optional(),
  openJitterRatio: ratio.optional(),
  maxServerWaitMs: durationMs.optional(),
  probes: wholeFrom(1).optional(),
  probeTimeoutMs: wholeFrom(1).optional(),
  rampMs: durationMs.optional(),
  maxCircuits: wholeFrom(1).optional(),
} satisfies SchemasOf<BreakerOptions, 'engine' | 'onStateChange'>);

const refresh = z.strictObject({
  aheadMs: durationMs.optional(),
  aheadRatio: ratio.optional(),
  jitterRatio: ratio.optional(),
  cooldownMs: durationMs.optional(),
  maxCooldownMs: durationMs.optional(),
  waitMs: durationMs.optional(),
  pauseMs: durationMs.optional(),
} satisfies SchemasOf<RefreshOptions>);

const pool = z.strictObject({
  suspectMs: durationMs.optional(),
  probeMs: someTimeMs.optional(),
  maxProbes: wholeFrom(0).optional(),
  probeTimeoutMs: someTimeMs.optional(),
  coolMs: durationMs.optional(),
  forgetMs: durationMs.optional(),
  egressMs: durationMs.optional(),
  alertMs: durationMs.optional(),
} satisfies SchemasOf<PoolOptions>);

const auth = z.strictObject({
  credentials: z
    .union([z.literal('client'), credentialEntries], {
      error: '"client", { env: NAME }, { file: PATH } or another place; a key itself does not belong into a file',
    })
    .optional(),
  admin: credentialEntries.optional(),
  origins: z.array(z.url()).min(1).optional(),
  stateProject: text.optional(),
  sourceTimeoutMs: wholeFrom(1).optional(),
  refresh: refresh.optional(),
  pool: pool.optional(),
  store: z.strictObject({ file: text }).optional(),
} satisfies SchemasOf<AuthOptions, keyof AuthCallbacks | 'tenants' | 'maxTenants'>);

const endpointFields = {
  baseURL: z.url(),
  apiKey: z
    .strictObject({ env: envName }, { error: '{ env: NAME }; a key itself does not belong into a file' })
    .optional(),
  keyHeader: z.enum(['authorization', 'api-key']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  query: z.record(z.string(), z.string()).optional(),
  region: text.optional(),
} satisfies SchemasOf<EndpointOptions, 'name'>;

const capacity = { weight: z.number().gt(0).optional(), maxInFlight: wholeFrom(1).optional() };

const routing = z.strictObject({
  endpoints: z.record(text, z.strictObject({ ...endpointFields, ...capacity })),
  own: z
    .union([z.boolean(), z.strictObject({ region: text.optional(), ...capacity })], {
      error: 'false, or { region, weight, maxInFlight }',
    })
    .optional(),
  regions: z.array(text).optional(),
  moveStored: z.boolean().optional(),
  halfLifeMs: someTimeMs.optional(),
  ejectAfter: wholeFrom(0).optional(),
  windowMs: durationMs.optional(),
  minimumCalls: wholeFrom(1).optional(),
  outlierThreshold: ratio.optional(),
  ejectMs: durationMs.optional(),
  maxEjectMs: durationMs.optional(),
  maxEjectedRatio: ratio.optional(),
  restMs: durationMs.optional(),
} satisfies SchemasOf<RoutingOptions, 'onEjected'>);

const rung = z.union(
  [
    modelName,
    z.strictObject({
      model: modelName.optional(),
      endpoint: text.optional(),
      when: z.array(z.string()).optional(),
    }),
  ],
  { error: 'the name of a model, or { model, endpoint, when }' },
);

const midStream = z.strictObject({
  policy: z.enum(['error', 'restart', 'continue', 'resume']).optional(),
  bufferTokens: wholeFrom(1).optional(),
  bufferBytes: wholeFrom(1).optional(),
  maxMends: wholeFrom(1).optional(),
});

const fallback = z.strictObject({
  models: z.record(modelName, z.array(rung).min(1)),
  endpoints: z.record(text, z.strictObject(endpointFields)).optional(),
  regions: z.array(text).optional(),
  patienceMs: durationMs.optional(),
  reserveRatio: ratio.optional(),
  strict: z.boolean().optional(),
  capabilities: z.record(modelName, z.looseObject({})).optional(),
  quality: z.strictObject({ empty: z.boolean().optional(), refusal: z.boolean().optional() }).optional(),
  midStream: z.record(z.string(), midStream).optional(),
} satisfies SchemasOf<FallbackOptions, 'onFallback' | 'onDowngrade'>);

/** Layers that a file can set. */
type LayerName = 'fallback' | 'hedge' | 'retry' | 'routing' | 'rateLimit' | 'breaker' | 'timeout' | 'auth';

/** What a file can say of each layer. */
export const layerSchemas: Readonly<Record<LayerName, z.ZodType>> = {
  fallback,
  hedge,
  retry,
  routing,
  rateLimit,
  breaker,
  timeout,
  auth,
};
