import { classifyError, guardTimer, untilAborted, type Clock, type Fetch } from '@holdfast/core';
import { isProtected } from './loopback.ts';
import { OAuthError } from '../oauth-error.ts';

/** Within what bounds requests to a provider are made. */
export interface FetchBounds {
  readonly fetch: Fetch;
  /** For a request and its whole answer. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly clock: Clock;
}

/** What of a `RequestInit` openid-client sets. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: BodyInit | null | undefined;
  readonly redirect: 'manual';
}

/**
 * Makes one request and reads its whole answer.
 *
 * @param signal - of whoever waits for it.
 * @throws OAuthError with `mayBeUsed` for a POST that may have arrived; the reason of `signal` when that aborted.
 */
export async function boundedFetch(
  url: string,
  init: FetchInit,
  { signal, bounds }: { readonly signal: AbortSignal | undefined; readonly bounds: FetchBounds },
): Promise<Response> {
  const { host, ...target } = describe(url);
  if (!target.isProtected)
    throw new OAuthError('insecure_endpoint', `An endpoint on ${host} was not asked: it speaks plain HTTP.`);
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const mayBeUsed = init.method === 'POST';
  const timer = bounds.clock.setTimer(
    () => {
      const message = `${host} gave no whole answer within ${bounds.timeoutMs} ms.`;
      controller.abort(new OAuthError('timeout', message, { mayBeUsed }));
    },
    bounds.timeoutMs,
    guardTimer,
  );
  try {
    const answer = wholeAnswer(url, { ...init, signal: controller.signal }, bounds);
    // Nobody may be left to hear of it.
    answer.catch(() => undefined);
    return await untilAborted(answer, controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : failureOf(error, host, mayBeUsed);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

function describe(address: string): { readonly host: string; readonly isProtected: boolean } {
  const url = new URL(address);
  return { host: url.host, isProtected: isProtected(url) };
}

async function wholeAnswer(
  url: string,
  init: FetchInit & { readonly signal: AbortSignal },
  { fetch, maxResponseBytes }: FetchBounds,
): Promise<Response> {
  const response = await fetch(url, init as RequestInit);
  const { status, headers } = response;
  const bytes = await bodyOf(response, maxResponseBytes);
  return new Response(bytes.length === 0 ? null : bytes, { status, headers });
}

/** Thrown within, to be told with the host. */
class TooLarge extends Error {}

async function bodyOf({ body }: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new TooLarge(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function failureOf(error: unknown, host: string, mayBeUsed: boolean): OAuthError {
  if (error instanceof TooLarge)
    return new OAuthError('response_too_large', `${host} answered with ${error.message}.`, { mayBeUsed });
  const { neverSent, code } = classifyError(error);
  const how = code !== undefined && /^[A-Z][A-Z\d_]{2,40}$/.test(code) ? ` (${code})` : '';
  return neverSent
    ? new OAuthError('unreachable', `${host} could not be reached${how}; nothing was sent.`)
    : new OAuthError('connection_lost', `The connection to ${host} broke${how} before a whole answer.`, { mayBeUsed });
}
