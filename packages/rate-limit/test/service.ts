import { pipeline, type Call, type CallChanges, type Fetch, type Middleware } from '@holdfast/core';
import { jsonAnswer, ManualClock } from '@holdfast/testkit';
import { rateLimit, type RateLimitMiddleware, type RateLimitOptions } from '../src/index.ts';

export const origin = 'https://api.openai.com';
export const domain = `${origin} gpt-5`;

/** What a call of a test is made with. */
export interface Asked extends RequestInit {
  readonly model?: string;
  readonly path?: string;
  readonly fields?: object;
  readonly holdfast?: object;
}

/** A service behind nothing but limits, on a manual clock. `outer` is what a layer further out changes. */
export function setUp(
  upstream: Fetch,
  options: RateLimitOptions | RateLimitMiddleware = {},
  outer?: (call: Call) => Partial<CallChanges>,
) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const layer = 'handle' in options ? options : rateLimit(options);
  const changing: Middleware = {
    name: 'changing',
    layer: 'fallback',
    handle: (call, next) => next(call.with(outer?.(call) ?? {})),
  };
  const builder = pipeline({ clock, random: () => 0.5, fetch: upstream, warn: (text) => void warnings.push(text) });
  const resilient = (outer === undefined ? builder : builder.use(changing)).use(layer).build();
  const call = (asked: Asked = {}): Promise<Response> => {
    const { model = 'gpt-5', path = '/v1/chat/completions', fields, ...init } = asked;
    const body = JSON.stringify({ model, messages: [], ...fields });
    return resilient.fetch(origin + path, { method: 'POST', body, ...init });
  };
  return {
    clock,
    layer,
    resilient,
    warnings,
    call,
    stats: (name = domain) => layer.stats()[name],
    /** Makes one call whose answer tells the limits. */
    learn: async (asked: Asked = {}) => void (await (await call(asked)).text()),
  };
}

/** Headers that tell a limit. */
export const told = (
  kind: 'requests' | 'tokens' | 'project-tokens',
  limit: number,
  remaining: number,
  reset?: string,
) => ({
  [`x-ratelimit-limit-${kind}`]: String(limit),
  [`x-ratelimit-remaining-${kind}`]: String(remaining),
  ...(reset !== undefined && { [`x-ratelimit-reset-${kind}`]: reset }),
});

export const good =
  (headers: Record<string, string> = {}) =>
  (): Response =>
    jsonAnswer(undefined, { headers });

/** How answers ended, or what was thrown, with the time at which it was known. */
export async function ending(pending: Promise<Response>): Promise<string> {
  try {
    const response = await pending;
    const text = await response.text();
    return response.ok ? 'ok' : ((JSON.parse(text) as { error: { code: string | null } }).error.code ?? 'error');
  } catch (error) {
    return `threw ${(error as Error).message}`;
  }
}

/** The call that a request becomes. */
export async function callOf(body: RequestInit['body'], path = '/v1/chat/completions'): Promise<Call> {
  let caught: Call | undefined;
  const catching: Middleware = {
    name: 'catching',
    layer: 'rateLimit',
    handle(call, next) {
      caught = call;
      return next(call);
    },
  };
  const { fetch } = pipeline({ fetch: async () => jsonAnswer() })
    .use(catching)
    .build();
  await fetch(origin + path, { method: 'POST', ...(body != null && { body }) });
  return caught as Call;
}

/** Lets what is resolved run its course. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Chance that can be had again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
