import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, question } from '../test/bench.ts';
import {
  attempt,
  conclude,
  deadlineExceeded,
  faultOf,
  journeyOf,
  refusalOf,
  refuse,
  type AnsweredCode,
  type Attempt,
  type FaultKind,
  type Middleware,
} from './index.ts';

const refusing = (code: AnsweredCode, retryAfterMs?: number): Middleware => ({
  name: 'refuser',
  layer: 'breaker',
  handle: async (call) =>
    refuse(call, { layer: 'refuser', code, message: 'Not now.', ...(retryAfterMs !== undefined && { retryAfterMs }) }),
});

describe('a refusal', () => {
  it.each<[AnsweredCode, new (...args: never[]) => Error, number, string, FaultKind]>([
    ['circuit_open', OpenAI.InternalServerError, 503, 'holdfast_refusal', 'circuit_open'],
    ['rate_limited_local', OpenAI.RateLimitError, 429, 'holdfast_refusal', 'rate_limited_local'],
    ['queue_full', OpenAI.RateLimitError, 429, 'holdfast_refusal', 'rate_limited_local'],
    ['budget_exceeded', OpenAI.RateLimitError, 429, 'insufficient_quota', 'budget_exceeded'],
    ['credentials_exhausted', OpenAI.AuthenticationError, 401, 'authentication_error', 'credentials_exhausted'],
    ['origin_not_bound', OpenAI.AuthenticationError, 401, 'authentication_error', 'origin_not_bound'],
    ['redirect_refused', OpenAI.InternalServerError, 502, 'holdfast_refusal', 'redirect_refused'],
    ['malformed_response', OpenAI.InternalServerError, 502, 'holdfast_refusal', 'malformed_response'],
  ])('for %s is the error that a caller of the client knows', async (code, errorClass, status, type, kind) => {
    const upstream = cannedFetch();
    const { client, post } = bench(upstream, { layers: [refusing(code, 1500.2)] });
    const error = await client.chat.completions.create(question, { maxRetries: 2 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, code, type, param: null, message: `${status} Not now.` });
    const { headers, requestID } = error as InstanceType<typeof OpenAI.APIError>;
    expect([headers?.get('x-should-retry'), headers?.get('retry-after-ms'), requestID]).toEqual([
      'false',
      '1501',
      null,
    ]);
    expect(refusalOf(error)).toEqual({ code, layer: 'refuser', message: 'Not now.', retryAfterMs: 1500.2 });
    expect(journeyOf(error)?.entries).toMatchObject([{ type: 'refusal', layer: 'refuser', code, reason: 'Not now.' }]);
    expect(faultOf(await post())?.kind).toBe(kind);
    expect(upstream.calls).toHaveLength(0);
  });

  it('names no wait where none is known', async () => {
    const { post } = bench(cannedFetch(), { layers: [refusing('circuit_open')] });
    const response = await post();
    expect(response.headers.has('retry-after-ms')).toBe(false);
    expect(refusalOf(response)).not.toHaveProperty('retryAfterMs');
  });

  it('of a deadline is thrown, and a timeout to the client', async () => {
    const late: Middleware = {
      name: 'late',
      layer: 'retry',
      handle: (call) => Promise.reject(deadlineExceeded(call, 'late', 'There is no time left (timed out).')),
    };
    const { client } = bench(cannedFetch(), { layers: [late] });
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect((error as Error).cause).toMatchObject({ name: 'TimeoutError', code: 'deadline_exceeded' });
    expect(refusalOf(error)).toMatchObject({ code: 'deadline_exceeded', layer: 'late' });
  });
});

describe('attempt and conclude', () => {
  /** Runs `answer` as what is further in of one attempt. */
  async function attempted(answer: () => Response | Promise<Response>): Promise<[Attempt, unknown]> {
    let result: Attempt | undefined;
    const layer: Middleware = {
      name: 'trying',
      layer: 'retry',
      async handle(call, next) {
        result = await attempt(call, next);
        return conclude(result);
      },
    };
    const inner: Middleware = { name: 'inner', layer: 'auth', handle: async () => answer() };
    const { post } = bench(cannedFetch(), { layers: [layer, inner] });
    const end = await post().catch((error: unknown) => ({ thrown: error }));
    return [result as unknown as Attempt, end];
  }

  it('hand on the very response, or throw the very error, be it none', async () => {
    const response = new Response('{}');
    expect(await attempted(() => response)).toEqual([{ response, fault: undefined }, response]);
    for (const error of [new Error('x'), 'text', undefined, null]) {
      const [result, end] = await attempted(() => Promise.reject(error as Error));
      expect(result).toMatchObject({ error, fault: { kind: 'network' } });
      expect((end as { thrown: unknown }).thrown).toBe(error);
    }
  });
});
