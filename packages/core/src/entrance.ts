import { Body, type RawBody } from './body.ts';
import { Call, type Binding, type Context, type Fetch } from './call.ts';
import { CallRoot } from './call-root.ts';
import type { ClientBinding } from './client.ts';
import { deadlineSignal, isPast } from './deadline.ts';
import { followedSignal } from './followed-signal.ts';
import { discard } from './discard.ts';
import { faultOf, onSettled } from './exchange.ts';
import { checkHints, type Hints, type HintsProvider } from './hints.ts';
import { Journey } from './journey.ts';
import { nativeSignal } from './light-abort.ts';
import type { Next } from './middleware.ts';
import { deadlineExceeded, refuse } from './refusal.ts';
import { RouteCache } from './route.ts';

/** The client's workload-identity exchange passes through the same `fetch`; it is not a call of ours. */
const tokenExchange = 'https://auth.openai.com/oauth/token';
/** Nobody else bounds that exchange: it comes without a timeout and without a signal. */
const tokenExchangeTimeoutMs = 30_000;

/** What stands between `fetch` and the onion. */
export interface Entrance {
  readonly context: Context;
  readonly run: Next;
  readonly binding: Binding & Partial<Pick<ClientBinding, 'timeoutMs' | 'basePath'>>;
  readonly scopeHints: HintsProvider | undefined;
  readonly newId: () => string;
  /** Called when a client retries on top of us. */
  readonly onNestedRetry: () => void;
}

/** The onion as a `fetch`: reads the call, runs it, and makes sure of deadline and abort. */
export function entranceFetch(entrance: Entrance): Fetch {
  const routes = new RouteCache(entrance.binding.basePath);
  const { binding } = entrance;
  const watch: RetryWatch = { mayRetry: false };

  // Not `async`: it would be one more promise around each call.
  function holdfastFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    try {
      const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
      if (!/^https?:/i.test(url)) return binding.fetch(input, init);
      if (url === tokenExchange) return boundedExchange(entrance, input, init);
      const given = input instanceof Request ? fromRequest(input, init) : (init ?? {});
      const call = readCall(entrance, routes, url, given);
      if (watch.mayRetry && Number(call.header('x-stainless-retry-count') ?? 0) > 0) entrance.onNestedRetry();
      const hinted = call.hints.deadlineMs;
      return hinted === undefined
        ? finished(call, entrance.run, watch)
        : withDeadline(call, hinted, (bounded) => finished(bounded, entrance.run, watch));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  const statics = binding.fetch as { Response?: unknown };
  return statics.Response === undefined ? holdfastFetch : Object.assign(holdfastFetch, { Response: statics.Response });
}

/** A client retries only what has failed, so nobody looks for its retries before anything has. */
interface RetryWatch {
  mayRetry: boolean;
}

/** The call that a request is. */
export function readCall(
  { context, binding, scopeHints, newId }: Entrance,
  routes: RouteCache,
  url: string,
  init: RequestInit,
): Call {
  const method = init.method?.toUpperCase() ?? 'GET';
  const headers = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
  const body = new Body(init.body as RawBody | null | undefined);
  const hints = readHints(scopeHints, init);
  const journey = new Journey(newId, context.service, context.clock);
  const requestedModel = body.model;
  const given = init.signal ?? undefined;
  const signal = given !== undefined && body.stream ? followedSignal(given) : given;
  const rest = signal === given ? init : { ...init, signal: null };
  return new Call(new CallRoot({ context, binding, method, headers, init: rest, hints, journey, requestedModel }), {
    url,
    route: routes.of(method, url),
    body,
    plainBody: undefined,
    signal,
    attempt: 1,
    credential: undefined,
    headerChanges: undefined,
    observer: undefined,
    beforeSending: undefined,
    holdBack: undefined,
    forced: false,
    patienceMs: undefined,
    until: undefined,
    isHedge: false,
    pace: undefined,
    keptBytes: 0,
  });
}

/** Runs the call; the signal is checked last of all, and an unreadable 200 never passes for an answer. */
async function finished(call: Call, run: Next, watch: RetryWatch): Promise<Response> {
  let response: Response;
  try {
    call.signal?.throwIfAborted();
    response = await run(call);
  } catch (error) {
    watch.mayRetry = true;
    throw endOf(call, error);
  }
  if (!response.ok) watch.mayRetry = true;
  if (call.signal?.aborted === true) {
    discard(response);
    throw endOf(call, call.signal.reason);
  }
  if (response.ok && faultOf(response)?.kind === 'malformed_response') {
    const type = response.headers.get('content-type') ?? 'no content type';
    discard(response);
    return refuse(call, {
      layer: 'core',
      code: 'malformed_response',
      message: `${call.route.origin} answered ${response.status} with ${type} that is no answer to ${call.method} ${call.route.path}.`,
    });
  }
  return response;
}

/** What to throw: the caller's own reason once it aborted, the deadline where that was the reason. */
function endOf(call: Call, error: unknown): unknown {
  if (call.signal?.aborted !== true) return error;
  const reason: unknown = call.signal.reason;
  const isOurs = (reason as { code?: unknown } | null)?.code === 'deadline_exceeded';
  if (!isOurs && !isPast(call.deadline, call.clock)) return reason;
  const afterMs = Math.round(call.journey.elapsedMs());
  return deadlineExceeded(
    call,
    'core',
    `The call timed out: its deadline passed after ${afterMs} ms and ${call.journey.attempts} attempt(s).`,
  );
}

async function withDeadline(call: Call, deadlineMs: number, run: Next): Promise<Response> {
  const bounded = deadlineSignal(call.clock, deadlineMs, call.signal);
  try {
    const response = await run(call.with({ signal: bounded.signal }));
    onSettled(response, bounded.release);
    return response;
  } catch (error) {
    bounded.release();
    throw error;
  }
}

function readHints(scopeHints: HintsProvider | undefined, init: RequestInit): Hints {
  const given = (init as { holdfast?: Hints }).holdfast;
  const scoped = scopeHints?.();
  if (given === undefined) return scoped ?? noHints;
  checkHints(given);
  return scoped === undefined ? given : { ...scoped, ...given };
}

const noHints: Hints = Object.freeze({});

async function boundedExchange(
  entrance: Entrance,
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<Response> {
  const parent = init?.signal ?? undefined;
  const bounded = deadlineSignal(entrance.context.clock, tokenExchangeTimeoutMs, parent);
  try {
    return await entrance.binding.fetch(input, { ...init, signal: nativeSignal(bounded.signal) });
  } finally {
    bounded.release();
  }
}

/** `fetch(new Request(…))`: the request's own parts, under whatever `init` says. */
function fromRequest(request: Request, init: RequestInit | undefined): RequestInit {
  return {
    method: request.method,
    headers: request.headers,
    ...(request.body !== null && { body: request.body, duplex: 'half' }),
    signal: request.signal,
    ...init,
  };
}
