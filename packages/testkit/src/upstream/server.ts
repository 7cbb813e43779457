import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FaultRule } from './fault.ts';
import type { LogFilter, LoggedRequest } from './log.ts';
import { upstreamDefaults } from './options.ts';
import type { KeyOptions, ModelLimits, UpstreamOptions } from './options.ts';
import { serve } from './serve.ts';
import { createState } from './state.ts';

/** A running fake of the OpenAI API. */
export interface Upstream extends AsyncDisposable {
  /** Origin, e.g. `http://127.0.0.1:49152`. */
  readonly url: string;
  /** What an `openai` client takes as its `baseURL`. */
  readonly baseURL: string;
  /** The requests that have arrived, oldest first. */
  readonly log: readonly LoggedRequest[];
  /** How many connections are open. */
  readonly openSockets: number;
  /** Picks requests from the log. */
  requests(filter?: LogFilter): readonly LoggedRequest[];
  /** Adds rules by which requests fail. */
  script(...rules: readonly FaultRule[]): void;
  /** Lets everything succeed again. */
  clearScript(): void;
  /** Accepts a key from now on. */
  addKey(key: string | KeyOptions): void;
  /** Refuses a key from now on. */
  revokeKey(key: string): void;
  /** Changes the limits of a model; `*` means those that have none of their own. */
  setLimits(model: string, limits: ModelLimits): void;
  /** Puts an event into the audit log that is none of the fake's own doing, e.g. `login.failed`. */
  addAuditEvent(type: string, details?: Readonly<Record<string, unknown>>): void;
  /** Ends every connection, hanging ones included, and stops listening. */
  close(): Promise<void>;
}

const listen = (server: Server, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address() as AddressInfo));
  });

async function endAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  // The server reports its end before its last socket does.
  const ended = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  const stopped = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await Promise.all([stopped, ...ended]);
}

/** An HTTP server that never closes a connection by its own timers: only the script and the client do. */
const timerlessServer = (): Server =>
  createServer({ keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0, noDelay: true });

/**
 * Starts a fake of the OpenAI API on the loopback interface.
 *
 * @example
 * ```ts
 * await using upstream = await startUpstream({ script: [{ times: 2, fault: faults.overloaded() }] });
 * const client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-any' });
 * ```
 */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const state = createState(options);
  const sockets = new Set<Socket>();
  const server = timerlessServer();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (message, response) => void serve(state, message, response).catch(() => response.destroy()));
  const { port } = await listen(server, options.port ?? upstreamDefaults.port);
  const url = `http://127.0.0.1:${port}`;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    // What is cut off now was not given up by its client.
    for (const entry of state.log.entries) entry.done = true;
    closing ??= endAll(server, sockets);
    return closing;
  };
  return {
    url,
    baseURL: `${url}/v1`,
    log: state.log.entries,
    get openSockets() {
      return sockets.size;
    },
    requests: (filter) => state.log.filter(filter),
    script: (...rules) => state.script.add(rules),
    clearScript: () => state.script.clear(),
    addKey: (key) => void state.keys.add(typeof key === 'string' ? { key } : key),
    revokeKey: (key) => state.keys.revoke(key),
    setLimits: (model, limits) => state.limits.set(model, limits),
    addAuditEvent: (type, details) => state.admin.note(type, { ...details }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
