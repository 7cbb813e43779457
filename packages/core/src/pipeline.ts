import type { Binding, Call, Context, Fetch } from './call.ts';
import { bindingOf, rebind, type ClientBinding, type ClientLike } from './client.ts';
import { systemClock, systemRandom, type Clock, type Random } from './clock.ts';
import { entranceFetch, readCall } from './entrance.ts';
import type { HintsProvider } from './hints.ts';
import type { Middleware, Next, Transport } from './middleware.ts';
import { OptionError } from './option-error.ts';
import { checkOrder } from './order.ts';
import { planOf, type PlanStep } from './plan.ts';
import { RouteCache } from './route.ts';
import { send } from './send.ts';

/** What a pipeline is given beside its layers. */
export interface PipelineOptions {
  /** Names the pipeline in spans, journeys, audit and errors. @defaultValue 'default' */
  readonly service?: string;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** @defaultValue `Math.random` */
  readonly random?: Random;
  /** Hints of the scope that a call is made in; calls may override them one by one. */
  readonly hints?: HintsProvider;
  /** Where trouble is reported that must not break a call. @defaultValue `console.warn` */
  readonly warn?: (message: string, cause?: unknown) => void;
  /** What carries requests when no transport is added and no client is wrapped. @defaultValue the global `fetch` */
  readonly fetch?: Fetch;
}

/** Layers around a client, ready to use. */
export interface Pipeline {
  readonly service: string;
  /** The pipeline as a `fetch`, for every client that takes one. Its identity never changes. */
  readonly fetch: Fetch;
  /** Options for a client of your own: `new OpenAI({ ...resilient.clientOptions })`. */
  readonly clientOptions: { readonly fetch: Fetch; readonly maxRetries: 0 };
  /** The bearer that a call would carry now, for connections that do not pass here, such as WebSockets. */
  readonly apiKey: () => Promise<string>;
  /**
   * The same client with the pipeline behind it: same methods, types and streams.
   *
   * @throws TypeError for a client that is wrapped already, or whose connections cannot be replaced.
   */
  wrap<C extends ClientLike>(client: C): C;
  /**
   * What would happen to a call now, rung by rung, with the reason for each that would be skipped. Sends nothing.
   *
   * @throws TypeError (`Invalid URL`) for an unusable base URL.
   */
  plan(request: PlannedRequest): Promise<readonly PlanStep[]>;
  /** The onion, outermost first, with its options. */
  describe(): string;
  /** Ends what the layers keep running. */
  close(): Promise<void>;
}

/** A request to plan for. */
export interface PlannedRequest {
  /** What would be sent, e.g. `{ model: 'gpt-5', messages }`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Path behind the base URL. @defaultValue '/chat/completions' */
  readonly path?: string;
  /** @defaultValue 'https://api.openai.com/v1' */
  readonly baseURL?: string;
}

/** Adds layers, outermost first, as the code reads. */
export interface PipelineBuilder {
  use(layer: Middleware | Transport): PipelineBuilder;
  /** @throws TypeError when the layers cannot work in this order, with the reason. */
  build(): Pipeline;
}

/** Every `fetch` that pipelines handed out, with the service it belongs to. */
const handedOut = new WeakMap<Fetch, string>();

/** Starts a pipeline. */
export function pipeline(options: PipelineOptions = {}): PipelineBuilder {
  const { service = 'default' } = options;
  if (typeof service !== 'string' || service === '')
    throw new OptionError('pipeline.service', 'a non-empty string', service);
  const added: (Middleware | Transport)[] = [];
  const builder: PipelineBuilder = {
    use(layer) {
      const { name, layer: place, handle, fetch } = (layer ?? {}) as Partial<Middleware & Transport>;
      if (typeof name !== 'string' || typeof place !== 'string' || typeof (handle ?? fetch) !== 'function')
        throw new OptionError('pipeline.use', 'a middleware with name, layer and handle', layer);
      added.push(layer);
      return builder;
    },
    build() {
      checkOrder(added);
      return assemble({ ...options, service }, [...added]);
    },
  };
  return builder;
}

function assemble(
  options: PipelineOptions & { readonly service: string },
  added: readonly (Middleware | Transport)[],
): Pipeline {
  const { service, clock = systemClock, random = systemRandom, warn = warnOnConsole } = options;
  const transport = added.find((layer): layer is Transport => layer.layer === 'transport');
  const middleware = added.filter((layer): layer is Middleware => layer.layer !== 'transport');
  const onEvent = listenerOf(middleware, { service, warn });
  const context: Context = Object.freeze({ service, clock, random, warn, ...(onEvent && { onEvent }) });
  for (const layer of middleware) layer.assembled?.({ context, layers: added });
  const run = onionOf(middleware, (call) => send(call, transport));
  let calls = 0;
  const prefix = Math.floor(random() * 36 ** 6).toString(36);
  const newId = (): string => `${prefix}-${(++calls).toString(36)}`;
  let warned = false;
  const onNestedRetry = (): void => {
    if (warned) return;
    warned = true;
    warn(
      `holdfast ${service}: the client retries on top of the pipeline. ` +
        'Set maxRetries: 0 there (clientOptions does) or the two multiply.',
    );
  };
  const fetchFor = (binding: Binding & Partial<ClientBinding>): Fetch => {
    const fetch = entranceFetch({ context, run, binding, scopeHints: options.hints, newId, onNestedRetry });
    handedOut.set(fetch, service);
    return fetch;
  };
  const base = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const fetch = fetchFor({ fetch: base, origins: [], apiKey: undefined, ownsCredentials: false });
  return Object.freeze({
    service,
    fetch,
    clientOptions: Object.freeze({ fetch, maxRetries: 0 as const }),
    apiKey: apiKeyOf(service, middleware),
    wrap<C extends ClientLike>(client: C): C {
      const binding = bindingOf(client);
      const owner = handedOut.get(binding.fetch);
      if (owner !== undefined)
        throw new TypeError(
          `wrap: this client already goes through the pipeline of service "${owner}"; ` +
            'wrapping it again would retry every retry. Wrap the original client.',
        );
      return rebind(client, fetchFor(binding));
    },
    plan({ body, path = '/chat/completions', baseURL = 'https://api.openai.com/v1' }: PlannedRequest) {
      const binding = { fetch: base, origins: [new URL(baseURL).origin], apiKey: undefined, ownsCredentials: false };
      const entrance = { context, run, binding, scopeHints: options.hints, newId, onNestedRetry };
      const init = { method: 'POST', body: JSON.stringify(body) };
      return planOf(readCall(entrance, new RouteCache(new URL(baseURL).pathname), baseURL + path, init), middleware);
    },
    describe: () => describe(service, added),
    async close() {
      await Promise.all(added.map((layer) => layer.close?.()));
    },
  });
}

const warnOnConsole = (message: string, cause?: unknown): void => {
  if (cause === undefined) console.warn(message);
  else console.warn(message, cause);
};

/** Hands events on to the layers that listen; `undefined` where none does. */
function listenerOf(
  middleware: readonly Middleware[],
  { service, warn }: Pick<Context, 'service' | 'warn'>,
): Context['onEvent'] {
  const listening = middleware.filter((layer) => layer.onEvent !== undefined);
  if (listening.length === 0) return undefined;
  return (event) => {
    for (const layer of listening) {
      try {
        layer.onEvent?.(event);
      } catch (error) {
        warn(`holdfast ${service}: ${layer.name} threw at ${event.name}`, error);
      }
    }
  };
}

/** All layers around what sends; what a call has to have done before it is signed comes in front of `sign`. */
function onionOf(middleware: readonly Middleware[], last: Next): Next {
  const around = (layers: readonly Middleware[], inner: Next): Next =>
    layers.reduceRight<Next>((next, layer) => (call) => handled(layer, call, next), inner);
  const signed = around(
    middleware.filter(({ layer }) => layer === 'sign'),
    last,
  );
  return around(
    middleware.filter(({ layer }) => layer !== 'sign'),
    (call) => (call.beforeSending === undefined ? signed(call) : handled({ handle: call.beforeSending }, call, signed)),
  );
}

/** A layer that throws instead of rejecting fails its call like any other. */
function handled(layer: Pick<Middleware, 'handle'>, call: Call, next: Next): Promise<Response> {
  try {
    return layer.handle(call, next);
  } catch (error) {
    return Promise.reject(error);
  }
}

function apiKeyOf(service: string, middleware: readonly Middleware[]): () => Promise<string> {
  const source = middleware.find((layer) => layer.apiKey !== undefined);
  return async () => {
    if (source?.apiKey === undefined)
      throw new TypeError(
        `pipeline "${service}": apiKey needs a layer that holds credentials; add auth({ credentials })`,
      );
    return source.apiKey();
  };
}

function describe(service: string, added: readonly (Middleware | Transport)[]): string {
  const rows = added
    .filter((layer) => layer.layer !== 'transport')
    .map((layer) => [layer.name, layer.describe?.() ?? '']);
  const transport = added.find((layer) => layer.layer === 'transport');
  rows.push(['guard', 'built in: credentials stay with their origins, no redirect is followed']);
  rows.push([transport?.name ?? 'fetch', transport?.describe?.() ?? (transport ? '' : "the client's own fetch")]);
  const width = Math.max(...rows.map(([name]) => (name as string).length));
  const lines = rows.map(([name, text], depth) =>
    `  ${(name as string).padEnd(width)}  ${'· '.repeat(depth)}${text}`.trimEnd(),
  );
  return [`pipeline "${service}", outermost first`, ...lines].join('\n');
}
