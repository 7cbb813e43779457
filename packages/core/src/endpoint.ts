import type { Call } from './call.ts';
import { guardTimer } from './clock.ts';
import type { Body } from './body.ts';
import type { Credential } from './credential.ts';
import { OptionError } from './option-error.ts';
import { routeOf, type Route } from './route.ts';
import { Secret } from './secret.ts';
import { untilAborted } from './until-aborted.ts';

/** Another place that speaks the API, with a credential of its own: a region, an account, Azure, a model of one's own. */
export interface EndpointOptions {
  /** Names it in journeys, circuits and plans. */
  readonly name: string;
  /** As a client takes it, e.g. `https://eu.api.openai.com/v1` or `https://x.openai.azure.com/openai/v1`. */
  readonly baseURL: string;
  /**
   * Its key, or what gives it, asked for each attempt. Without one no credential is sent there, and never that of
   * another endpoint.
   */
  readonly apiKey?: string | (() => string | Promise<string>);
  /** How the key travels: as a bearer, or in Azure's header. @defaultValue 'authorization' */
  readonly keyHeader?: 'authorization' | 'api-key';
  /** Headers of its own, such as `openai-organization`. Those of the client stay with the client's endpoint. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Query parameters of its own, such as Azure's `api-version`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Where it keeps data, e.g. `eu`; for policies of residency, and to be preferred by `hints({ region })`. */
  readonly region?: string;
}

/** An endpoint that calls can be sent to. */
export interface Endpoint {
  readonly name: string;
  readonly origin: string;
  readonly region: string | undefined;
  /** The same call, aimed here, with nothing in it that belongs to another endpoint. */
  aim(call: Call, body?: Body): Promise<Call>;
}

/** Headers that say what a request is and not whose; all others belong to the endpoint that they were meant for. */
const common = /^(?:accept|content-type|user-agent|x-stainless-[\w-]+)$/;

/** @throws OptionError when an option breaks its rule. */
export function endpoint(options: EndpointOptions): Endpoint {
  const { name, baseURL, apiKey, keyHeader = 'authorization', region } = options;
  if (typeof name !== 'string' || name === '') throw new OptionError('endpoint.name', 'a non-empty string', name);
  const base = baseOf(name, baseURL);
  if (keyHeader !== 'authorization' && keyHeader !== 'api-key')
    throw new OptionError(`endpoint "${name}".keyHeader`, "'authorization' or 'api-key'", keyHeader);
  const id = `endpoint:${name}`;
  // Checked now, as a key that cannot be sent is better found at the start than at night.
  const fixed = typeof apiKey === 'string' ? Secret.from(apiKey, id) : undefined;
  const credentialOf = async (call: Call): Promise<Credential | undefined> => {
    if (apiKey === undefined) return undefined;
    const secret = fixed ?? Secret.from(await keyInTime(apiKey as KeyFunction, call, id), id);
    return { id, kind: 'key', secret, origins: [base.origin], header: keyHeader };
  };
  const ownHeaders = lowered(options.headers);
  /** Where requests land here, by the routes that the client's own have; those are remembered, and few. */
  const landings = new WeakMap<Route, Landing>();
  const landingOf = (call: Call): Landing => {
    let landing = landings.get(call.route);
    if (landing?.from !== call.url) {
      const url = urlOf(base, options, call);
      landing = { from: call.url, url, route: routeOf(call.method, url, base.pathname) };
      landings.set(call.route, landing);
    }
    return landing;
  };
  return {
    name,
    origin: base.origin,
    region,
    async aim(call, body = call.body) {
      const { url, route } = landingOf(call);
      return call.with({
        url,
        route,
        body,
        credential: await credentialOf(call),
        headerChanges: { ...foreignHeaders(call), ...ownHeaders },
      });
    },
  };
}

type KeyFunction = Exclude<NonNullable<EndpointOptions['apiKey']>, string>;

/** Longest time that a key may take to be there, in milliseconds; as long as a credential source of `auth` may take. */
const keyTimeoutMs = 10_000;

/** Nobody waits for a key longer than for the call that needs it, nor for ever. */
async function keyInTime(give: KeyFunction, call: Call, id: string): Promise<string> {
  let expire!: (error: Error) => void;
  const expired = new Promise<never>((_, reject) => (expire = reject));
  const timer = call.clock.setTimer(
    () => {
      const error = new Error(`${id}: its key was not there within ${keyTimeoutMs} ms`);
      expire(Object.assign(error, { name: 'TimeoutError' }));
    },
    keyTimeoutMs,
    guardTimer,
  );
  try {
    return await untilAborted(Promise.race([give(), expired]), call.signal);
  } finally {
    timer.cancel();
  }
}

/** Where a request to `from` goes at another endpoint. */
interface Landing {
  readonly from: string;
  readonly url: string;
  readonly route: Route;
}

function baseOf(name: string, baseURL: string): URL {
  const url = URL.parse(baseURL);
  const hasSecret = url !== null && (url.username !== '' || url.password !== '' || url.search !== '');
  if (url !== null && /^https?:$/.test(url.protocol) && !hasSecret) return url;
  const expected = 'an address by http or https, without user, password and query';
  // What it has besides may be a secret, and is not repeated.
  throw new OptionError(`endpoint "${name}".baseURL`, expected, hasSecret ? `${url.origin} with more` : baseURL);
}

function urlOf(base: URL, { query }: EndpointOptions, call: Call): string {
  // Azure's clients put the model into the path; it stands in the body as well.
  const path = call.route.path.replace(/^\/deployments\/[^/]+/, '');
  const url = new URL(base.pathname.replace(/\/+$/, '') + path, base);
  for (const [key, value] of new URL(call.url).searchParams)
    if (key !== 'api-version') url.searchParams.set(key, value);
  for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
  return url.href;
}

/** Takes out what the client meant for its own endpoint: key, organization, project, and whatever else it added. */
function foreignHeaders(call: Call): Record<string, null> {
  const changes: Record<string, null> = {};
  for (const name of call.root.headers.keys()) if (!common.test(name)) changes[name] = null;
  return changes;
}

const lowered = (headers: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const regional = /^(us|eu|ae|au|in|jp)\.api\.openai\.com$/;

/** The region that a host of the API is pinned to; calls to it must not be answered from elsewhere. */
export function residencyOf(origin: string): string | undefined {
  return regional.exec(new URL(origin).hostname)?.[1];
}
