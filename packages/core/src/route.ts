/**
 * What a request asks of the API. `other` is everything that no layer treats apart
 * (files, models, batches, …), `admin` every operation that needs an admin key.
 */
export type Operation =
  | 'chat'
  | 'responses'
  | 'embeddings'
  | 'completions'
  | 'images'
  | 'audio'
  | 'moderations'
  | 'admin'
  | 'other';

/** Where a request goes, read off its method and URL. */
export interface Route {
  /** Scheme, host and port, e.g. `https://api.openai.com`. Circuits are kept per origin and model. */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  /** Path behind the base path, e.g. `/chat/completions`. Never decoded. */
  readonly path: string;
  readonly operation: Operation;
  /** The URL without user, password, query and fragment. */
  readonly address: string;
  /** The path would be an admin path without its escapes and doubled slashes. */
  readonly disguised: boolean;
}

/**
 * Admin operations, on the path behind the base path.
 * @see facts/openai-api.md — no mismatch over the 288 operations of the public description.
 */
const adminPath =
  /^\/(?:organization(?:\/|$)|projects\/[^/]+\/(?:roles|groups|users)(?:\/|$)|fine_tuning\/checkpoints\/[^/]+\/permissions(?:\/|$))/;

const operations: readonly (readonly [RegExp, Operation])[] = [
  [/\/chat\/completions\/?$/, 'chat'],
  [/\/responses\/?$/, 'responses'],
  [/\/embeddings\/?$/, 'embeddings'],
  [/\/completions\/?$/, 'completions'],
  [/\/images\/[a-z]+\/?$/, 'images'],
  [/\/audio\/[a-z]+\/?$/, 'audio'],
  [/\/moderations\/?$/, 'moderations'],
];

/**
 * Reads the route off a request.
 *
 * @param basePath - path of the client's base URL, `/v1` by default.
 * @throws TypeError (`Invalid URL`) when `url` is not absolute.
 */
export function routeOf(method: string, url: string, basePath = '/v1'): Route {
  const { origin, hostname, port, protocol, pathname } = new URL(url);
  const base = basePath.replace(/\/+$/, '');
  const path = behind(base, pathname);
  const isOdd = /%|\/\//.test(pathname) && !adminPath.test(path);
  return {
    origin,
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    path,
    operation: operationOf(method, path),
    address: origin + pathname,
    disguised: isOdd && adminPath.test(behind(base, unescaped(pathname))),
  };
}

function operationOf(method: string, path: string): Operation {
  if (adminPath.test(path)) return 'admin';
  if (method !== 'POST') return 'other';
  return operations.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

const behind = (base: string, pathname: string): string =>
  base !== '' && pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname;

/** The path as a careless server might read it. */
function unescaped(pathname: string): string {
  const plain = pathname.replace(/%([0-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return new URL(`http://host${plain}`).pathname.replace(/\/{2,}/g, '/');
}

/** Remembers routes by method and URL, since most calls of a service go to a handful of them. */
export class RouteCache {
  readonly #routes = new Map<string, Route>();
  readonly #basePath: string | undefined;
  readonly #capacity: number;

  /** @param capacity - routes kept; the oldest goes first, so ids in URLs cannot grow it. */
  constructor(basePath?: string, capacity = 256) {
    this.#basePath = basePath;
    this.#capacity = capacity;
  }

  of(method: string, url: string): Route {
    const key = method === 'POST' ? url : `${method} ${url}`;
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = routeOf(method, url, this.#basePath);
      if (this.#routes.size >= this.#capacity) this.#routes.delete(this.#routes.keys().next().value as string);
      this.#routes.set(key, route);
    }
    return route;
  }
}
