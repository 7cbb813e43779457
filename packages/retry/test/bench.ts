import { journeyOf, pipeline, type Call, type Fetch, type Middleware } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { retry, type RetryMiddleware, type RetryOptions } from '../src/index.ts';

export const base = 'https://api.openai.com/v1';
export const chatBody = '{"model":"gpt-5","messages":[]}';
export const streamBody = '{"model":"gpt-5","stream":true,"messages":[]}';

export type Init = RequestInit & { holdfast?: object };

interface BenchOptions {
  readonly random?: () => number;
  readonly clock?: ManualClock;
  /** Layers further out. */
  readonly outer?: readonly Middleware[];
  /** Layers further in. */
  readonly inner?: readonly Middleware[];
  /** In place of one with the options. */
  readonly layer?: RetryMiddleware;
}

/** A pipeline of one `retry()` over `upstream`, on a manual clock. */
export function setUp(upstream: Fetch, options: RetryOptions = {}, bench: BenchOptions = {}) {
  const { random = () => 0.5, clock = new ManualClock(), outer = [], inner = [], layer = retry(options) } = bench;
  const warnings: string[] = [];
  /** Each attempt as it went further in. */
  const attempts: Call[] = [];
  const watch: Middleware = {
    name: 'watch',
    layer: 'breaker',
    handle: (call, next) => {
      attempts.push(call);
      return next(call);
    },
  };
  let builder = pipeline({ clock, random, fetch: upstream, warn: (text) => void warnings.push(text) });
  for (const middleware of [...outer, layer, watch, ...inner]) builder = builder.use(middleware);
  const { fetch } = builder.build();
  const send = (method: string, path: string, init: Init = {}): Promise<Response> =>
    fetch(base + path, { method, headers: { authorization: 'Bearer sk-x' }, ...init });
  const call = (init: Init = {}): Promise<Response> => send('POST', '/chat/completions', { body: chatBody, ...init });
  return { clock, layer, attempts, send, call, warnings };
}

/** Why `retry` gave up, as the journey of a response or an error tells it. */
export const reasonsOf = (source: unknown): string[] =>
  (journeyOf(source)?.entries ?? []).flatMap((entry) =>
    entry.type === 'decision' && entry.layer === 'retry' ? [entry.reason] : [],
  );

/** The error that `promise` rejects with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

/** Chance from a seed, so that a run that fails can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const broken = (code: string) => (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

/** Connections that broke after the request had been sent, and before. */
export const reset = broken('ECONNRESET');
export const refused = broken('ECONNREFUSED');

export const limited =
  (headers: Record<string, string> = {}, message?: string) =>
  (): Response =>
    errorAnswer(429, { code: 'rate_limit_exceeded', ...(message !== undefined && { message }) }, headers);
export const down = (): Response => errorAnswer(503);
export const good = (): Response => jsonAnswer();
