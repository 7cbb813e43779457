import { Body, type RawBody } from './body.ts';
import { Call, type Binding, type Context, type Fetch } from './call.ts';
import type { ClientBinding } from './client.ts';
import { deadlineSignal, isPast } from './deadline.ts';
import { discard } from './discard.ts';
import { faultOf, onSettled } from './exchange.ts';
import { checkHints, type Hints, type HintsProvider } from './hints.ts';
import { Journey } from './journey.ts';
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
  const { binding, context } = entrance;

  async function holdfastFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    if (!/^https?:/i.test(url)) return binding.fetch(input, init);
    if (url === tokenExchange) return boundedExchange(entrance, input, init);
    const given = input instanceof Request ? fromRequest(input, init) : (init ?? {});
    const call = readCall(entrance, routes, url, given);
    const hinted = call.hints.deadlineMs;
    return hinted === undefined
      ? finished(call, entrance.run)
      : withDeadline(call, hinted, given.signal ?? undefined, entrance.run);
  }
  const statics = binding.fetch as { Response?: unknown };
  return statics.Response === undefined ? holdfastFetch : Object.assign(holdfastFetch, { Response: statics.Response });

  function readCall(from: Entrance, known: RouteCache, url: string, init: RequestInit): Call {
    const method = init.method?.toUpperCase() ?? 'GET';
    const headers = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
    const body = new Body(init.body as RawBody | null | undefined);
    const callHints = readHints(from, init);
    if (Number(headers.get('x-stainless-retry-count') ?? 0) > 0) from.onNestedRetry();
    const { clock } = context;
    const journey = new Journey(from.newId(), context.service, () => clock.monotonic());
    const totalMs = Math.min(clientTimeoutMs(headers, binding.timeoutMs), callHints.deadlineMs ?? Infinity);
    return new Call(
      {
        id: journey.callId,
        context,
        binding,
        method,
        headers,
        init,
        hints: callHints,
        journey,
        requestedModel: body.model,
      },
      totalMs === Infinity ? undefined : clock.monotonic() + totalMs,
      {
        url,
        route: known.of(method, url),
        body,
        signal: init.signal ?? undefined,
        attempt: 1,
        credential: undefined,
        headerChanges: undefined,
        observer: undefined,
      },
    );
  }
}

/** Runs the call; the signal is checked last of all, and an unreadable 200 never passes for an answer. */
async function finished(call: Call, run: Next): Promise<Response> {
  let response: Response;
  try {
    call.signal?.throwIfAborted();
    response = await run(call);
  } catch (error) {
    throw endOf(call, error);
  }
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

async function withDeadline(
  call: Call,
  deadlineMs: number,
  parent: AbortSignal | undefined,
  run: Next,
): Promise<Response> {
  const bounded = deadlineSignal(call.clock, deadlineMs, parent);
  try {
    const response = await finished(call.with({ signal: bounded.signal }), run);
    onSettled(response, bounded.release);
    return response;
  } catch (error) {
    bounded.release();
    throw error;
  }
}

function readHints(entrance: Entrance, init: RequestInit): Hints {
  const given = (init as { holdfast?: Hints }).holdfast;
  const scoped = entrance.scopeHints?.();
  if (given === undefined) return scoped ?? noHints;
  checkHints(given);
  return scoped === undefined ? given : { ...scoped, ...given };
}

const noHints: Hints = Object.freeze({});

/**
 * The client's total timeout. A request with a timeout of its own says so in whole seconds (0 for less
 * than one); every other has the timeout that was read off the client.
 */
function clientTimeoutMs(headers: Headers, wrappedMs: number | undefined): number {
  const header = headers.get('x-stainless-timeout');
  if (header === null) return wrappedMs ?? Number.POSITIVE_INFINITY;
  const seconds = Number(header);
  if (wrappedMs !== undefined && Math.trunc(wrappedMs / 1000) === seconds) return wrappedMs;
  return Math.max(1, seconds) * 1000;
}

async function boundedExchange(
  entrance: Entrance,
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<Response> {
  const parent = init?.signal ?? undefined;
  const bounded = deadlineSignal(entrance.context.clock, tokenExchangeTimeoutMs, parent);
  try {
    return await entrance.binding.fetch(input, { ...init, signal: bounded.signal });
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
