import { startUpstream, type FaultRule, type Upstream, type UpstreamOptions } from '@holdfast/testkit';
import OpenAI, { type ClientOptions } from 'openai';
import { holdfast, systemClock, transport, type Clock, type PresetOptions } from 'holdfast';

/** One side of a comparison: a client and the upstream of its own that it talks to. */
export interface Side {
  readonly client: OpenAI;
  readonly upstream: Upstream;
}

/** Real timers, but a date that stands still, so that both sides date their answers alike. */
const clock: Clock = { ...systemClock, now: () => Date.UTC(2026, 0, 1) };

/** Every layer installed, none with anything to do. */
export const neutral: PresetOptions = {
  service: 'side-by-side',
  fallback: { models: { 'never-asked': ['gpt-5-mini'] } },
  retry: { maxRetries: 0 },
};

/** Runs `scenario` with the bare client and with the wrapped one, each against an upstream of its own. */
export async function sideBySide<T>(
  scenario: (side: Side) => Promise<T>,
  options: {
    readonly script?: readonly FaultRule[];
    readonly client?: ClientOptions;
    readonly upstream?: UpstreamOptions;
    readonly preset?: PresetOptions;
    /** Whether the wrapped client sends through a transport of its own. */
    readonly transport?: boolean;
  } = {},
): Promise<{ bare: Seen<T>; wrapped: Seen<T> }> {
  const bare = await runSide(scenario, options, (client) => client);
  const pooled = options.transport === true ? transport() : undefined;
  const preset: PresetOptions = { ...neutral, ...(pooled && { transport: pooled }), ...options.preset };
  const wrapped = await runSide(scenario, options, (client) => holdfast(client, preset));
  await pooled?.close();
  return { bare, wrapped };
}

/** What one side saw: its result or error, and the requests that reached its upstream. */
export interface Seen<T> {
  readonly result: T | undefined;
  readonly error: unknown;
  readonly requests: readonly string[];
}

async function runSide<T>(
  scenario: (side: Side) => Promise<T>,
  options: {
    readonly script?: readonly FaultRule[];
    readonly client?: ClientOptions;
    readonly upstream?: UpstreamOptions;
  },
  dress: (client: OpenAI) => OpenAI,
): Promise<Seen<T>> {
  await using upstream = await startUpstream({ clock, seed: 7, script: options.script ?? [], ...options.upstream });
  const plain = new OpenAI({ apiKey: 'sk-side-by-side', baseURL: upstream.baseURL, maxRetries: 0, ...options.client });
  let result: T | undefined;
  let error: unknown;
  try {
    result = normalised(await scenario({ client: dress(plain), upstream }), upstream) as T;
  } catch (thrown) {
    error = normalised(described(thrown), upstream);
  }
  const requests = upstream.log.map(({ method, path, query, status, stream, headers }) =>
    `${method} ${path}${query} ${status} ${stream} ${headers['content-type'] ?? ''}`.replace(/boundary=.*/, ''),
  );
  return { result, error, requests };
}

/** What a caller can see of an error. */
export function described(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = error as Error & Record<string, unknown>;
  const headers = fields['headers'];
  return {
    class: error.constructor.name,
    name: error.name,
    message: error.message,
    ...Object.fromEntries(['status', 'code', 'type', 'param', 'requestID', 'error'].map((key) => [key, fields[key]])),
    headers: headers instanceof Headers ? [...headers.keys()] : headers,
    cause: error.cause instanceof Error ? [error.cause.name, error.cause.message] : error.cause,
  };
}

const volatile = new Set(['date', 'openai-processing-ms']);

/** Takes out what differs between any two runs: ports and times. */
function normalised(value: unknown, upstream: Upstream): unknown {
  const port = new URL(upstream.url).port;
  return JSON.parse(
    JSON.stringify(value ?? null, (key, inner: unknown) => {
      if (volatile.has(key) || key.startsWith('x-ratelimit-reset')) return '(time)';
      return typeof inner === 'string' ? inner.replaceAll(port, '(port)') : inner;
    }),
  );
}
