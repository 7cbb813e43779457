import { faults } from '@holdfast/testkit';
import { journeyOf } from 'holdfast';
import OpenAI, { type APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { badDay } from './bad-day.ts';

const down = { match: { model: 'gpt-5' }, fault: faults.overloaded() };
const ladder = { fallback: { models: { 'gpt-5': ['gpt-5-mini'] } } };

async function readAll(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

describe('a bad day, with every layer on', () => {
  it('turns a 429 with retry-after into one answer, two requests and a wait that was asked for', async () => {
    await using day = await badDay();
    day.upstream.script({ times: 1, fault: faults.rateLimit({ retryAfter: 1 }) });
    const completion = await day.run(day.ask());
    expect(completion.choices[0]?.message.content).toBeTruthy();
    expect(day.upstream.log.map(({ status }) => status)).toEqual([429, 200]);
    expect(day.clock.monotonic()).toBeGreaterThanOrEqual(1000);
  });

  it('retries a model that is down, then opens its circuit, then asks only the cheaper one, then comes home', async () => {
    await using day = await badDay({ ...ladder, breaker: { consecutiveFailures: 5, openMs: 30_000 } });
    day.upstream.script(down);
    const first = await day.run(day.ask());
    expect(first.model).toMatch(/^gpt-5-mini/);
    expect(day.counts()).toEqual({ 'gpt-5': 3, 'gpt-5-mini': 1 });
    await day.run(day.ask());
    const opened = day.counts()['gpt-5'];
    expect(opened).toBe(5);

    for (let call = 0; call < 10; call++) expect((await day.run(day.ask())).model).toMatch(/^gpt-5-mini/);
    expect(day.counts()['gpt-5']).toBe(opened);

    day.upstream.clearScript();
    await day.clock.advance(30_000);
    expect((await day.run(day.ask())).model).not.toMatch(/mini/);
    expect((await day.run(day.ask())).model).not.toMatch(/mini/);
  });

  it('refuses with circuit_open when there is no rung left, without a request', async () => {
    await using day = await badDay({ breaker: { consecutiveFailures: 3 }, retry: { maxRetries: 0 } });
    day.upstream.script(down);
    for (let call = 0; call < 3; call++) await day.run(day.ask()).catch(() => undefined);
    const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'circuit_open', type: 'holdfast_refusal' });
    expect(day.upstream.log).toHaveLength(3);
  });

  it('answers by the other key when one dies, and never tries the dead one again', async () => {
    await using day = await badDay(
      { auth: { credentials: ['sk-key-a', 'sk-key-b'] } },
      {
        upstream: {
          keys: [
            { key: 'sk-key-a', label: 'a' },
            { key: 'sk-key-b', label: 'b' },
          ],
        },
      },
    );
    day.upstream.revokeKey('sk-key-a');
    for (let call = 0; call < 10; call++) await day.run(day.ask());
    expect(day.upstream.log.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(day.upstream.log.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(day.upstream.requests({ keyId: 'b' })).toHaveLength(10);
  });

  it("gives the caller's own RateLimitError for a spent quota, after one request", async () => {
    await using day = await badDay(ladder);
    day.upstream.script({ fault: faults.quota() });
    const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(day.upstream.log).toHaveLength(1);
    expect(day.clock.monotonic()).toBe(0);
  });

  it('leaves a 400 as it is, after one request', async () => {
    await using day = await badDay(ladder);
    day.upstream.script({ fault: faults.status(400, { code: 'invalid_value', message: 'No.', param: 'messages' }) });
    const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ message: '400 No.', code: 'invalid_value', param: 'messages' });
    expect((error as APIError).requestID).toBe(day.upstream.log[0]?.requestId);
    expect(day.upstream.log).toHaveLength(1);
  });

  it.each([
    ['closed cleanly', faults.cutStream({ afterEvents: 3 })],
    ['reset', faults.reset({ at: 'body', afterEvents: 3 })],
  ])('never ends a stream normally that was %s after three events', async (_name, fault) => {
    await using day = await badDay();
    day.upstream.script({ fault });
    const stream = await day.run(
      day.client.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content: 'x' }], stream: true }),
    );
    const error = await day.run(readAll(stream)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'stream_interrupted' });
  });

  it('counts a stream that dies after its headers against the circuit', async () => {
    await using day = await badDay({ breaker: { consecutiveFailures: 3 } });
    day.upstream.script({ fault: faults.cutStream({ afterEvents: 2 }) });
    const ask = async () =>
      readAll(
        await day.client.chat.completions.create({
          model: 'gpt-5',
          messages: [{ role: 'user', content: 'x' }],
          stream: true,
        }),
      );
    for (let call = 0; call < 3; call++) await day.run(ask()).catch(() => undefined);
    await expect(day.run(ask())).rejects.toMatchObject({ code: 'circuit_open' });
  });

  it('tells the story of a call in its journey, from the answer and from the error', async () => {
    await using day = await badDay(ladder);
    day.upstream.script({ times: 1, fault: faults.rateLimit({ retryAfterMs: 200 }) }, down);
    const { response } = await day.run(
      day.client.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content: 'x' }] }).withResponse(),
    );
    const story = journeyOf(response)?.entries.map((entry) =>
      entry.type === 'attempt' ? `${entry.model} ${entry.status}` : entry.type,
    );
    expect(story).toEqual([
      'gpt-5 429',
      'wait',
      'gpt-5 503',
      'wait',
      'gpt-5 503',
      'decision',
      'decision',
      'gpt-5-mini 200',
    ]);
    day.upstream.script({ fault: faults.status(400) });
    const error = await day.run(day.ask('gpt-4o')).catch((thrown: unknown) => thrown);
    expect(journeyOf(error)?.attempts).toBe(1);
  });

  it('survives an upstream that answers garbage, with an error that says so', async () => {
    await using day = await badDay({ retry: { maxRetries: 1 } });
    for (const fault of [faults.html200(), faults.emptyBody()]) {
      day.upstream.clearScript();
      day.upstream.script({ fault });
      const error = await day.run(day.ask()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 502, code: 'malformed_response' });
      expect((error as Error).message).toContain('that is no answer to POST /chat/completions');
    }
    expect(day.upstream.log).toHaveLength(4);
  });
});
