import { pipeline, type Fetch, type Pipeline } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { auth, type AuthMiddleware, type AuthOptions } from '../src/index.ts';

/** An upstream that knows which bearers are good, and notes those that came. */
export interface KeyUpstream {
  readonly fetch: Fetch;
  /** The bearers in the order in which they came; `none` for a request without one. */
  readonly seen: string[];
  /** Refuses a bearer from now on. */
  revoke(bearer: string): void;
}

export function keyUpstream(...revoked: readonly string[]): KeyUpstream {
  const dead = new Set(revoked);
  const seen: string[] = [];
  return {
    seen,
    revoke: (bearer) => void dead.add(bearer),
    async fetch(_input, init) {
      const bearer = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? 'none';
      seen.push(bearer);
      // As over a network: nobody is answered in the same turn.
      await Promise.resolve();
      init?.signal?.throwIfAborted();
      if (!dead.has(bearer)) return jsonAnswer();
      const message = `Incorrect API key provided: ${bearer}. You can find your API key elsewhere.`;
      return errorAnswer(401, { code: 'invalid_api_key', type: 'invalid_request_error', message });
    },
  };
}

/** A pipeline with nothing but `auth`, and what it says on the side. */
export interface Service {
  readonly clock: ManualClock;
  readonly warnings: string[];
  readonly resilient: Pipeline;
  readonly layer: AuthMiddleware;
  readonly call: (init?: RequestInit, url?: string) => Promise<Response>;
}

export const chatUrl = 'https://api.openai.com/v1/chat/completions';

/** What a pipeline is given beside `auth`; by default a clock of its own and the chance of the machine. */
export interface Surroundings {
  readonly clock?: ManualClock;
  readonly random?: () => number;
}

export function service(
  fetch: Fetch,
  options: AuthOptions,
  { clock = new ManualClock(), random }: Surroundings = {},
): Service {
  const warnings: string[] = [];
  const warn = (text: string, cause?: unknown): void => void warnings.push(text, String(cause));
  const layer = auth(options);
  const resilient = pipeline({ service: 'vault', clock, fetch, warn, ...(random && { random }) })
    .use(layer)
    .build();
  const call = (init: RequestInit = {}, url = chatUrl): Promise<Response> =>
    resilient.fetch(url, {
      method: 'POST',
      body: '{"model":"gpt-5","messages":[]}',
      headers: { authorization: 'Bearer caller-key' },
      ...init,
    });
  return { clock, warnings, resilient, layer, call };
}

/** The error body of a response. */
export async function errorOf(response: Response): Promise<{ code: string; message: string; type: string }> {
  return ((await response.json()) as { error: { code: string; message: string; type: string } }).error;
}
