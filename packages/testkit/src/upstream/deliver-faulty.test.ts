import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';

let clock: ManualClock;
let upstream: Upstream;
let client: OpenAI;

beforeEach(async () => {
  clock = new ManualClock();
  upstream = await startUpstream({ clock });
  client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-test-secret-0123456789', maxRetries: 0 });
});
afterEach(() => upstream.close());

const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'tell me' }] };
const plain = (): Promise<OpenAI.ChatCompletion> => client.chat.completions.create(question);

/** The stream's chunks, and the error that ended it. */
async function streamed(signal?: AbortSignal): Promise<{ chunks: number; error: unknown }> {
  let chunks = 0;
  try {
    const stream = await client.chat.completions.create({ ...question, stream: true }, signal ? { signal } : {});
    for await (const chunk of stream) chunks += chunk.choices.length;
    return { chunks, error: undefined };
  } catch (error) {
    return { chunks, error };
  }
}

const failing = (fault: Fault): void => upstream.script({ fault });

describe('refusals', () => {
  test.each([
    ['a rate limit', faults.rateLimit({ retryAfterMs: 1500 }), 429, 'rate_limit_exceeded'],
    ['a spent quota', faults.quota(), 429, 'insufficient_quota'],
    ['a revoked key', faults.revokedKey(), 401, 'invalid_api_key'],
    ['a forbidden network', faults.ipNotAuthorized(), 401, 'ip_not_authorized'],
    ['overload', faults.overloaded({ code: 'slow_down' }), 503, 'slow_down'],
    ['any status', faults.status(418, { code: 'teapot' }), 418, 'teapot'],
  ])('%s reaches the client with status and code', async (_name, fault, status, code) => {
    failing(fault);
    await expect(plain()).rejects.toMatchObject({ status, code });
    expect(upstream.log[0]).toMatchObject({ status, fault: 'status', aborted: false });
  });

  test('a rate limit says how long to wait', async () => {
    failing(faults.rateLimit({ retryAfterMs: 1500, retryAfter: 2 }));
    const error = await plain().catch((reason: unknown) => reason as InstanceType<typeof OpenAI.APIError>);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after-ms')).toBe('1500');
  });

  test('a redirect is followed to where it points, without the key', async () => {
    await using other = await startUpstream();
    failing(faults.redirect(`${other.baseURL}/chat/completions`));
    await expect(plain()).rejects.toMatchObject({ status: 401 });
    expect(other.log[0]).toMatchObject({ path: '/v1/chat/completions', keyId: 'none' });
  });
});

describe('bodies that are not what was asked for', () => {
  test('a web page comes with status 200', async () => {
    failing(faults.html200());
    expect(await plain()).toContain('<html>');
  });

  test('an empty body is nothing, which the client takes for success', async () => {
    failing(faults.emptyBody());
    expect(await plain()).toBeUndefined();
  });

  test('half an object cannot be parsed', async () => {
    failing(faults.notJson());
    await expect(plain()).rejects.toThrow(/JSON/);
  });

  test('a truncated body breaks the connection', async () => {
    failing(faults.truncatedBody(40));
    await expect(plain()).rejects.toThrow();
    expect((await streamed()).error).toBeDefined();
    expect(upstream.log.map((entry) => entry.aborted)).toEqual([false, false]);
  });
});

describe('resets', () => {
  test.each(['connect', 'headers'] as const)('at %s nothing is answered', async (at) => {
    failing(faults.reset({ at }));
    await expect(plain()).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    expect(upstream.log[0]).toMatchObject({ fault: 'reset', status: 0 });
  });

  test('in the body come after the promised events', async () => {
    failing(faults.reset({ at: 'body', afterEvents: 3 }));
    const { chunks, error } = await streamed();
    expect(chunks).toBe(3);
    expect(String((error as Error).cause)).toMatch(/ECONNRESET|other side closed/);
  });

  test('in the body of a plain answer come halfway', async () => {
    failing(faults.reset({ at: 'body' }));
    await expect(plain()).rejects.toThrow();
    expect(upstream.log[0]?.status).toBe(200);
  });
});

describe('streams', () => {
  test('cut short end without error and without a finish reason', async () => {
    failing(faults.cutStream({ afterEvents: 2 }));
    expect(await streamed()).toEqual({ chunks: 2, error: undefined });
    expect(upstream.log[0]?.eventsSent).toBe(2);
  });

  test('with an error inside raise it after what came before', async () => {
    failing(faults.inStreamError({ afterEvents: 2, code: 'server_is_overloaded', message: 'too much' }));
    const { chunks, error } = await streamed();
    expect(chunks).toBe(2);
    expect(error).toMatchObject({
      code: 'server_is_overloaded',
      message: expect.stringContaining('too much') as string,
    });
  });

  test('with a malformed event cannot be parsed', async () => {
    failing(faults.malformedSse({ afterEvents: 1 }));
    const { chunks, error } = await streamed();
    expect(chunks).toBe(1);
    expect(error).toBeInstanceOf(SyntaxError);
  });

  test.each([1, 7, 4096])('in chunks of %i bytes carry the same events', async (bytes) => {
    const whole = await streamed();
    failing(faults.chunking({ bytes }));
    expect(await streamed()).toEqual(whole);
  });

  test('in chunks of drawn sizes can be delayed as well', async () => {
    upstream.script({ fault: faults.chunking('random') }, { fault: faults.latency({ betweenEventsMs: 10 }) });
    const result = await clock.runUntil(streamed());
    expect(result).toEqual({ chunks: 14, error: undefined });
    expect(clock.monotonic()).toBe(140);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('waits', () => {
  test('before the headers and between events follow the clock', async () => {
    failing(faults.latency({ headersMs: 1000, firstEventMs: 500, betweenEventsMs: 100 }));
    const { chunks } = await clock.runUntil(streamed());
    expect(chunks).toBe(14);
    expect(clock.monotonic()).toBe(1000 + 500 + 14 * 100);
  });

  test('go together with a fault of another kind', async () => {
    upstream.script({ fault: faults.latency({ headersMs: 1000 }) }, { fault: faults.overloaded() });
    await expect(clock.runUntil(plain())).rejects.toMatchObject({ status: 503 });
    expect(clock.monotonic()).toBe(1000);
  });

  test('end when the client goes away, leaving no timer', async () => {
    failing(faults.latency({ headersMs: 60_000 }));
    const abort = new AbortController();
    const result = streamed(abort.signal);
    await expect.poll(() => clock.pendingTimers).toBe(1);
    abort.abort();
    expect((await result).error).toBeInstanceOf(OpenAI.APIUserAbortError);
    await expect.poll(() => clock.pendingTimers).toBe(0);
    await expect.poll(() => upstream.log[0]?.aborted).toBe(true);
  });

  test('without end are ended by the client', async () => {
    failing(faults.hang({ at: 'body', afterEvents: 2 }));
    const abort = new AbortController();
    const result = streamed(abort.signal);
    await expect.poll(() => upstream.log[0]?.eventsSent).toBe(2);
    abort.abort();
    await result;
    await expect.poll(() => upstream.log[0]?.aborted).toBe(true);
  });

  test('without end are ended by closing the server', async () => {
    failing(faults.hang());
    const result = plain().catch((error: unknown) => error);
    await expect.poll(() => upstream.log.length).toBe(1);
    await upstream.close();
    expect(await result).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(upstream.openSockets).toBe(0);
    expect(upstream.log[0]?.aborted).toBe(false);
  });
});
