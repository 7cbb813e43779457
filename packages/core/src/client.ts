import type { Binding, Fetch } from './call.ts';

/** The part of an `openai` client that `wrap` uses. Structural, so that any version and subclass fits. */
export interface ClientLike {
  readonly baseURL: string;
  readonly timeout: number;
  withOptions(options: { fetch: Fetch; maxRetries: number }): ClientLike;
}

/** What the client keeps to itself and `wrap` needs to honour. */
interface ClientInternals {
  readonly fetch?: Fetch;
  readonly _options?: {
    readonly apiKey?: unknown;
    readonly workloadIdentity?: unknown;
    readonly provider?: unknown;
  };
}

/** What a pipeline has to know of the client that it wraps. */
export interface ClientBinding extends Binding {
  /** The client's own total timeout in milliseconds. */
  readonly timeoutMs: number;
  readonly basePath: string;
}

/** Reads the binding off a client: its own `fetch`, origin, timeout and credential. */
export function bindingOf(client: ClientLike): ClientBinding {
  const { origin, pathname } = new URL(client.baseURL);
  const { fetch, _options: options } = client as unknown as ClientInternals;
  const apiKey = options?.apiKey;
  return {
    fetch: fetch ?? globalThis.fetch,
    origins: [origin],
    apiKey: typeof apiKey === 'string' || typeof apiKey === 'function' ? (apiKey as Binding['apiKey']) : undefined,
    ownsCredentials: options?.workloadIdentity != null || options?.provider != null,
    timeoutMs: client.timeout,
    basePath: pathname,
  };
}

/**
 * The same client, sending through `fetch`.
 *
 * @throws TypeError for a client with X.509 workload identity, whose connections cannot be replaced.
 */
export function rebind<C extends ClientLike>(client: C, fetch: Fetch): C {
  try {
    return client.withOptions({ fetch, maxRetries: 0 }) as C;
  } catch (error) {
    if (error instanceof Error && error.message.includes('X.509'))
      throw new TypeError(
        'wrap: a client with X.509 workload identity makes its own mutually authenticated connections and accepts ' +
          'no other fetch, so it cannot be wrapped. Use a client with an API key or a token-based workload identity.',
        { cause: error },
      );
    throw error;
  }
}
