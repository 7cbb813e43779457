import type { AuthCallbacks, AuthOptions } from '@holdfast/auth';
import type { BreakerOptions } from '@holdfast/breaker';
import type { EndpointOptions } from '@holdfast/core';
import type { FallbackOptions } from '@holdfast/fallback';
import type { RateLimitOptions } from '@holdfast/rate-limit';
import type { RetryOptions } from '@holdfast/retry';
import type { HedgeOptions, RoutedEndpointOptions, RoutingOptions } from '@holdfast/routing';
import type { TimeoutOptions } from '@holdfast/timeout';
import { z } from 'zod';
import type { CredentialEntry } from './credential-entries.ts';
import { layerSchemas } from './layer-schemas.ts';

/** A layer that can be switched off, or set. */
const switchable = <T extends z.ZodType>(options: T) =>
  z.union([z.literal(false), options], { error: 'false to switch it off, or its options' });

const { auth, breaker, fallback, hedge, rateLimit, retry, routing, timeout } = layerSchemas;

const service = z.strictObject({
  telemetry: z.literal(false).optional(),
  fallback: fallback.optional(),
  hedge: hedge.optional(),
  retry: switchable(retry).optional(),
  routing: routing.optional(),
  rateLimit: switchable(rateLimit).optional(),
  breaker: switchable(breaker).optional(),
  timeout: switchable(timeout).optional(),
  auth: auth.optional(),
});

/** The key of an endpoint is named by its variable, and the endpoint by its place. */
type Entry<Options extends EndpointOptions> = Omit<Options, 'name' | 'apiKey'> & {
  readonly apiKey?: { readonly env: string };
};

/** An endpoint of the file. */
export type EndpointEntry = Entry<EndpointOptions>;

/** The ladders of a service. */
export interface FallbackEntry extends Omit<FallbackOptions, 'endpoints' | 'onFallback' | 'onDowngrade'> {
  readonly endpoints?: Readonly<Record<string, EndpointEntry>> | undefined;
}

/** The endpoints that the calls of a service are spread over. */
export interface RoutingEntry extends Omit<RoutingOptions, 'endpoints' | 'onEjected'> {
  readonly endpoints: Readonly<Record<string, Entry<RoutedEndpointOptions>>>;
}

/** One service of the file: the options of its layers, as far as a file can say them. */
export interface ServiceEntry {
  readonly telemetry?: false | undefined;
  readonly fallback?: FallbackEntry | undefined;
  readonly hedge?: HedgeOptions | undefined;
  readonly retry?: RetryOptions | false | undefined;
  readonly routing?: RoutingEntry | undefined;
  readonly rateLimit?: RateLimitOptions | false | undefined;
  readonly breaker?: BreakerOptions | false | undefined;
  readonly timeout?: TimeoutOptions | false | undefined;
  readonly auth?: AuthEntry | undefined;
}

/** How a service proves who it is: `client` for the client's own key, or where keys come from. */
export interface AuthEntry extends Omit<
  AuthOptions,
  keyof AuthCallbacks | 'credentials' | 'admin' | 'tenants' | 'store'
> {
  readonly credentials?: 'client' | CredentialEntry | readonly CredentialEntry[] | undefined;
  readonly admin?: CredentialEntry | readonly CredentialEntry[] | undefined;
  readonly store?: { readonly file: string } | undefined;
}

/** The services file as it is read: one pipeline per service. */
export interface ServicesFile {
  readonly services: Readonly<Record<string, ServiceEntry>>;
}

/** What a services file must look like. */
export const servicesSchema: z.ZodType<ServicesFile> = z.strictObject({
  services: z.record(z.string().min(1), service),
}) as never;
