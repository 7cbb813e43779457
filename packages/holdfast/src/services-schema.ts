import type { AuthOptions } from '@holdfast/auth';
import type { BreakerOptions } from '@holdfast/breaker';
import type { EndpointOptions } from '@holdfast/core';
import type { FallbackOptions } from '@holdfast/fallback';
import type { RetryOptions } from '@holdfast/retry';
import { z } from 'zod';

const durationMs = z.number().min(0);
const ratio = z.number().min(0).max(1);
const wholeFrom = (least: number) => z.number().int().min(least);
const modelName = z.string().min(1);

/** A layer that can be switched off, or set. */
const switchable = <T extends z.ZodType>(options: T) =>
  z.union([z.literal(false), options], { error: 'false to switch it off, or its options' });

const envName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable (A–Z, 0–9, _)');

/** `client`: the client's own key. `env: NAME`: from the environment. Never the key itself. */
const credential = z.union(
  [z.literal('client'), z.strictObject({ env: z.union([envName, z.array(envName).min(1)]) })],
  {
    error: '"client" or { env: NAME }; a key itself does not belong into a file',
  },
);

/** A schema for each of `Options` that a file can say: whoever adds one to a layer is told to add it here. */
type SchemasOf<Options, Unsayable extends keyof Options> = Record<Exclude<keyof Options, Unsayable>, z.ZodType>;

const retry = z.strictObject({
  maxRetries: wholeFrom(0).optional(),
  initialDelayMs: durationMs.optional(),
  maxDelayMs: durationMs.optional(),
  maxServerWaitMs: durationMs.optional(),
  jitterRatio: ratio.optional(),
} satisfies SchemasOf<RetryOptions, 'backoff' | 'onRetry'>);

const breaker = z.strictObject({
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

const auth = z.strictObject({
  credentials: credential.optional(),
  admin: z.strictObject({ env: envName }).optional(),
  origins: z.array(z.url()).min(1).optional(),
  sourceTimeoutMs: wholeFrom(1).optional(),
} satisfies SchemasOf<AuthOptions, 'onQuarantine' | 'onRefresh'>);

const rung = z.union(
  [
    modelName,
    z.strictObject({
      model: modelName.optional(),
      endpoint: z.string().min(1).optional(),
      when: z.array(z.string()).optional(),
    }),
  ],
  { error: 'the name of a model, or { model, endpoint, when }' },
);

const endpoint = z.strictObject({
  baseURL: z.url(),
  apiKey: z
    .strictObject({ env: envName }, { error: '{ env: NAME }; a key itself does not belong into a file' })
    .optional(),
  keyHeader: z.enum(['authorization', 'api-key']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  query: z.record(z.string(), z.string()).optional(),
  region: z.string().min(1).optional(),
});

const midStream = z.strictObject({
  policy: z.enum(['error', 'restart', 'continue', 'resume']).optional(),
  bufferTokens: wholeFrom(1).optional(),
  bufferBytes: wholeFrom(1).optional(),
  maxMends: wholeFrom(1).optional(),
});

const fallback = z.strictObject({
  models: z.record(modelName, z.array(rung).min(1)),
  endpoints: z.record(z.string().min(1), endpoint).optional(),
  regions: z.array(z.string().min(1)).optional(),
  patienceMs: durationMs.optional(),
  strict: z.boolean().optional(),
  capabilities: z.record(modelName, z.looseObject({})).optional(),
  quality: z.strictObject({ empty: z.boolean().optional(), refusal: z.boolean().optional() }).optional(),
  midStream: z.record(z.string(), midStream).optional(),
} satisfies SchemasOf<FallbackOptions, 'onFallback' | 'onDowngrade'>);

const service = z.strictObject({
  telemetry: z.literal(false).optional(),
  fallback: fallback.optional(),
  retry: switchable(retry).optional(),
  breaker: switchable(breaker).optional(),
  auth: auth.optional(),
});

/** Where the credentials of a service come from. */
export type CredentialEntry = 'client' | { readonly env: string | readonly string[] };

/** The ladders of a service; the key of an endpoint is named by its variable. */
export interface FallbackEntry extends Omit<FallbackOptions, 'endpoints' | 'onFallback' | 'onDowngrade'> {
  readonly endpoints?: Readonly<Record<string, EndpointEntry>> | undefined;
}

/** An endpoint of the file. */
export type EndpointEntry = Omit<EndpointOptions, 'name' | 'apiKey'> & { readonly apiKey?: { readonly env: string } };

/** One service of the file: the options of its layers, as far as a file can say them. */
export interface ServiceEntry {
  readonly telemetry?: false | undefined;
  readonly fallback?: FallbackEntry | undefined;
  readonly retry?: RetryOptions | false | undefined;
  readonly breaker?: BreakerOptions | false | undefined;
  readonly auth?:
    | {
        readonly credentials?: CredentialEntry | undefined;
        readonly admin?: { readonly env: string } | undefined;
        readonly origins?: readonly string[] | undefined;
        readonly sourceTimeoutMs?: number | undefined;
      }
    | undefined;
}

/** The services file as it is read: one pipeline per service. */
export interface ServicesFile {
  readonly services: Readonly<Record<string, ServiceEntry>>;
}

/** What a services file must look like. */
export const servicesSchema: z.ZodType<ServicesFile> = z.strictObject({
  services: z.record(z.string().min(1), service),
}) as never;
