import type { IncomingHttpHeaders } from 'node:http';
import type { Fault } from './fault.ts';
import type { TokenUsage } from './reply.ts';
import type { UpstreamRequest } from './request.ts';

/** What is remembered of a request. Holds neither keys nor contents. */
export interface LoggedRequest {
  /** Wall-clock time of its arrival. */
  readonly at: number;
  readonly method: string;
  /** The whole path, without the query. */
  readonly path: string;
  /** The query, with its question mark if there is one. */
  readonly query: string;
  readonly model?: string;
  /** Whether a stream was asked for. */
  readonly stream: boolean;
  /** First eight hex digits of the key's SHA-256, or `none`. */
  readonly keyId: string;
  /** The name the key was configured with. */
  readonly keyLabel?: string;
  /** The `x-request-id` it was given. */
  readonly requestId: string;
  /** Its headers without those that carry secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Status that was sent; 0 as long as none was. */
  status: number;
  /** What the script did to it. */
  fault?: Fault['kind'];
  /** Whether the client went away before the end. */
  aborted: boolean;
  /** Whether it is over, one way or the other. */
  done: boolean;
  /** How many events, or other pieces of a stream, were sent. */
  eventsSent: number;
  /** What it cost. */
  usage?: TokenUsage;
}

/** Which requests to pick from the log. */
export interface LogFilter {
  readonly model?: string;
  /** The path with or without its `/v1`, or an expression for the whole of it. */
  readonly path?: string | RegExp;
  /** The id or the label of the key. */
  readonly keyId?: string;
}

const secretHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'api-key',
  'x-api-key',
  'cookie',
  'ocp-apim-subscription-key',
]);

function publicHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (!secretHeaders.has(name)) kept[name] = String(headers[name]);
  }
  return kept;
}

const matchesPath = (path: string | RegExp, entry: LoggedRequest): boolean =>
  typeof path === 'string' ? entry.path === path || entry.path === `/v1${path}` : entry.path.search(path) >= 0;

/** The requests that have arrived, the oldest of which are forgotten. */
export class RequestLog {
  readonly #limit: number;
  readonly entries: LoggedRequest[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Notes that a request has arrived; the entry is completed as it is answered. */
  open(request: UpstreamRequest, at: number): LoggedRequest {
    const { caller, model } = request;
    const entry: LoggedRequest = {
      at,
      method: request.method,
      path: request.pathname,
      query: request.search,
      stream: request.stream,
      keyId: caller?.keyId ?? 'none',
      requestId: request.id,
      headers: publicHeaders(request.headers),
      status: 0,
      aborted: false,
      done: false,
      eventsSent: 0,
    };
    if (model !== undefined) Object.assign(entry, { model });
    if (caller?.label !== undefined) Object.assign(entry, { keyLabel: caller.label });
    // Dropping a tenth at a time keeps the cost of a full log per request constant.
    if (this.entries.length >= this.#limit) this.entries.splice(0, Math.ceil(this.#limit / 10));
    this.entries.push(entry);
    return entry;
  }

  /** The entries that `filter` lets through; all of them without one. */
  filter(filter: LogFilter = {}): LoggedRequest[] {
    const { model, path, keyId } = filter;
    return this.entries.filter(
      (entry) =>
        (model === undefined || entry.model === model) &&
        (path === undefined || matchesPath(path, entry)) &&
        (keyId === undefined || entry.keyId === keyId || entry.keyLabel === keyId),
    );
  }
}
