import { faults } from '@holdfast/testkit';
import { hints, journeyOf, pipeline, refusalOf, refuse, type AnsweredCode, type Middleware } from 'holdfast';
import OpenAI, { type APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { badDay } from './bad-day.ts';

/** A layer that refuses every call, as the layers of later packages will. */
const refusing = (code: AnsweredCode): Middleware => ({
  name: 'refusing',
  layer: 'rateLimit',
  handle: async (call) => refuse(call, { layer: 'refusing', code, message: `Refused: ${code}.`, retryAfterMs: 1500 }),
});

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'x' }] };

describe('a refusal reaches the catch that the caller already has', () => {
  it.each([
    ['circuit_open', 503, OpenAI.InternalServerError, 'holdfast_refusal'],
    ['rate_limited_local', 429, OpenAI.RateLimitError, 'holdfast_refusal'],
    ['queue_full', 429, OpenAI.RateLimitError, 'holdfast_refusal'],
    ['budget_exceeded', 429, OpenAI.RateLimitError, 'insufficient_quota'],
    ['credentials_exhausted', 401, OpenAI.AuthenticationError, 'authentication_error'],
  ] as const)('%s as status %i', async (code, status, errorClass, type) => {
    const client = pipeline()
      .use(refusing(code))
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-x', baseURL: 'http://127.0.0.1:1/v1' }));
    const error = await client.chat.completions.create(params).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, code, type, requestID: null });
    const { headers } = error as APIError;
    expect(headers?.get('x-should-retry')).toBe('false');
    expect(headers?.get('retry-after-ms')).toBe('1500');
    expect(refusalOf(error)).toMatchObject({ code, layer: 'refusing', retryAfterMs: 1500 });
    expect(journeyOf(error)?.entries).toMatchObject([{ type: 'refusal', code }]);
  });

  it('a passed deadline as a timeout, with the code on its cause', async () => {
    await using day = await badDay();
    day.upstream.script({ fault: faults.hang({ at: 'headers' }) });
    const error = await day.run(day.ask('gpt-5', hints({ deadlineMs: 2000 }))).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect((error as Error).cause).toMatchObject({ name: 'TimeoutError', code: 'deadline_exceeded' });
    expect(refusalOf(error)?.message).toContain('its deadline passed after 2000 ms and 1 attempt(s)');
    expect(day.clock.monotonic()).toBe(2000);
    expect(day.clock.pendingTimers).toBe(0);
  });

  it("the client's own timeout likewise", async () => {
    await using day = await badDay({ clock: undefined as never }, { client: { timeout: 150 } });
    day.upstream.script({ fault: faults.hang({ at: 'headers' }) });
    const error = await day.ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect((error as Error).cause).toMatchObject({ code: 'deadline_exceeded' });
    expect(day.upstream.log).toHaveLength(1);
  });

  it('an abort as the abort of the caller, with the reason as its cause', async () => {
    await using day = await badDay();
    day.upstream.script({ fault: faults.hang({ at: 'headers' }) });
    const controller = new AbortController();
    const pending = day.ask('gpt-5', { signal: controller.signal });
    while (day.upstream.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort(new Error('tab closed'));
    const error = await pending.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect((error as Error).cause).toMatchObject({ message: 'tab closed' });
  });

  it('exhausted attempts as the last upstream answer itself', async () => {
    await using day = await badDay();
    day.upstream.script({ fault: faults.overloaded({ code: 'slow_down' }) });
    const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'slow_down', requestID: day.upstream.log.at(-1)?.requestId });
    expect((error as APIError).headers?.get('x-should-retry')).toBe('false');
    expect(refusalOf(error)).toBeUndefined();
    expect(day.upstream.log).toHaveLength(3);
  });

  it('attempts that broke in the transport as the last original error', async () => {
    await using day = await badDay();
    day.upstream.script({ fault: faults.reset({ at: 'headers' }) });
    const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
    const cause = (error as Error).cause as Error;
    expect(cause.message).toBe('fetch failed');
    expect(cause.cause).toMatchObject({ code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) as string });
    expect(journeyOf(error)?.attempts).toBe(3);
  });

  it.each([
    ['stream_interrupted', {}],
    ['deadline_exceeded', hints({ deadlineMs: 3000 })],
  ])('a stream that fails after its first content as %s', async (code, options) => {
    await using day = await badDay();
    const fault =
      code === 'stream_interrupted'
        ? faults.cutStream({ afterEvents: 3 })
        : faults.hang({ at: 'body', afterEvents: 3 });
    day.upstream.script({ fault });
    const stream = await day.client.chat.completions.create({ ...params, stream: true }, options);
    const chunks = stream[Symbol.asyncIterator]();
    for (let index = 0; index < 3; index++) expect((await chunks.next()).done).toBe(false);
    const error = await day.run(chunks.next()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code });
    expect(day.clock.pendingTimers).toBe(0);
  });

  it('a failed fallback does not mask the error of the model that was asked for', async () => {
    await using day = await badDay({ fallback: { models: { 'gpt-5': ['gpt-5-mini'] } }, retry: { maxRetries: 0 } });
    day.upstream.script(
      { match: { model: 'gpt-5' }, fault: faults.overloaded({ code: 'slow_down' }) },
      { match: { model: 'gpt-5-mini' }, fault: faults.status(400, { message: 'fallback' }) },
    );
    const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, code: 'slow_down' });
  });
});
