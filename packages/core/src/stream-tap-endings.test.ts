import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  bench,
  bytesAnswer,
  cannedFetch,
  chatChunks,
  chatUrl,
  consume,
  outcomeOf,
  question,
  streamAnswer,
  utf8,
} from '../test/bench.ts';
import { journeyOf } from './index.ts';

const chunk = (fields: object): string => `data: ${JSON.stringify({ id: 'c', model: 'm', ...fields })}\n\n`;
const choice = (index: number, content: string, reason: string | null = null): string =>
  chunk({ choices: [{ index, delta: { content }, finish_reason: reason }] });

const streamed = { method: 'POST', body: '{"model":"gpt-5","messages":[],"stream":true}' };

/** Reads `text` as the raw `fetch` and as the real client would; `n` choices asked for. */
async function read(text: string, { url = chatUrl, n = 1, cuts = [] as number[], method = 'POST' } = {}) {
  const { post, clock } = bench(cannedFetch(() => bytesAnswer(utf8(text), cuts)));
  const response = await post(
    { ...streamed, method, body: method === 'GET' ? null : JSON.stringify({ model: 'm', n, stream: true }) },
    url,
  );
  const outcome = outcomeOf(response);
  const got = await response.text();
  return { got, outcome: await outcome, clock, journey: journeyOf(response) };
}

async function fromClient(text: string) {
  const { client } = bench(cannedFetch(() => bytesAnswer(utf8(text))));
  const { data, response } = await client.chat.completions.create({ ...question, stream: true }).withResponse();
  const outcome = outcomeOf(response);
  const seen = await consume(data);
  return { ...seen, outcome: await outcome };
}

describe('an error inside a stream', () => {
  it.each<[string, string, string, string | undefined]>([
    [
      'an error object',
      chunk({}).replace('{"id":"c","model":"m"}', '{"error":{"code":"rate_limit_exceeded","message":"slow"}}'),
      'rate_limited',
      'rate_limit_exceeded',
    ],
    [
      'an error behind other fields',
      chunk({ error: { code: 'insufficient_quota' }, choices: [] }),
      'quota_exhausted',
      'insufficient_quota',
    ],
    [
      'a finish reason of error',
      chunk({ error: { code: 502, message: 'gone' }, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] }),
      'server_error',
      '502',
    ],
    ['a status for a code', 'data: {"error":{"code":429,"message":"Try again in 2s"}}\n\n', 'rate_limited', '429'],
    [
      'an error event',
      'event: error\ndata: {"type":"error","code":"server_is_overloaded","message":"x"}\n\n',
      'overloaded',
      'server_is_overloaded',
    ],
    [
      'an error event without a type',
      'event: error\ndata: {"message":"x","code":"slow_down"}\n\n',
      'overloaded',
      'slow_down',
    ],
    ['an error event that says nothing', 'event: error\ndata: {}\n\n', 'server_error', undefined],
  ])('is the fault of the call: %s', async (_name, event, kind, code) => {
    for (const before of ['', choice(0, 'Held')]) {
      const { error, outcome } = await fromClient(`${before}${event}${before}`);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(outcome).toMatchObject({ ending: 'failed', ok: false, fault: { kind } });
      expect(outcome.fault?.code).toBe(code);
      expect((error as InstanceType<typeof OpenAI.APIError>).code).not.toBe('stream_interrupted');
    }
  });

  it('is passed on as it came', async () => {
    const text = `${choice(0, 'Held')}event: error\ndata: {"message":"x"}\n\n`;
    expect((await read(text)).got).toBe(text);
  });

  it('is read off a failed response, as its code says', async () => {
    const failed = {
      type: 'response.failed',
      response: { id: 'r', status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Try again in 3s' } },
    };
    const text = `event: response.failed\ndata: ${JSON.stringify(failed)}\n\n`;
    const { got, outcome } = await read(text, { url: 'https://api.openai.com/v1/responses' });
    expect(got).toBe(text);
    expect(outcome).toMatchObject({ ending: 'failed', fault: { kind: 'rate_limited', retryAfterMs: 3000 } });
  });

  it('is not seen in an error of null', async () => {
    const text = choice(0, 'Held', 'stop').replace('{"id"', '{"error": null,"id"');
    const { got, outcome } = await read(text.replace('{"error": null', '{"error":null') + text);
    expect(got).not.toContain('event: error');
    expect(outcome.ok).toBe(true);
  });
});

describe('several choices', () => {
  const both = [choice(0, 'a'), choice(1, 'b'), choice(0, '', 'stop')];

  it('have to finish all', async () => {
    const { got, outcome } = await read(both.join(''), { n: 2 });
    expect(got).toContain('stream_interrupted');
    expect(outcome.ok).toBe(false);
    const whole = await read(both.join('') + choice(1, '', 'length'), { n: 2 });
    expect(whole.outcome.ok).toBe(true);
    expect(whole.outcome.finishReasons).toEqual(['stop', 'length']);
  });

  it('may be fewer than asked for where the upstream says that it is done', async () => {
    const { got, outcome } = await read(`${both.join('')}data: [DONE]\n\n`, { n: 2 });
    expect(got).not.toContain('stream_interrupted');
    expect(outcome.ok).toBe(true);
  });

  it('may finish long before the last bytes come', async () => {
    const later = Array.from({ length: 9 }, () => chunk({ choices: [], usage: null }));
    expect((await read([choice(0, 'a', 'stop'), ...later].join(''))).outcome.ok).toBe(true);
  });
});

describe('the end of other streams', () => {
  it.each<[string, string, string, boolean]>([
    [
      'an image',
      '/images/generations',
      'event: image_generation.completed\ndata: {"type":"image_generation.completed"}\n\n',
      true,
    ],
    [
      'a partial image',
      '/images/generations',
      'event: image_generation.partial_image\ndata: {"b64_json":"AA.done"}\n\n',
      false,
    ],
    ['a transcript', '/audio/transcriptions', 'data: {"type":"transcript.text.done","text":"x"}\n\n', true],
    [
      'half a transcript',
      '/audio/transcriptions',
      `data: ${JSON.stringify({ type: 'transcript.text.delta', delta: 'it is.done "type":"x.done"' })}\n\n`,
      false,
    ],
    ['a run of an assistant', '/threads/t/runs', 'event: thread.run.created\ndata: {}\n\n', true],
    ['a chat that said nothing', '/chat/completions', '', false],
  ])('%s', async (_name, path, text, whole) => {
    const { got, outcome } = await read(text, { url: `https://api.openai.com/v1${path}` });
    expect(got.includes('stream_interrupted')).toBe(!whole);
    expect(outcome.ok).toBe(whole);
  });

  it('a stored response that is streamed again needs its terminal event', async () => {
    const event = (type: string) => `event: ${type}\ndata: {"type":"${type}"}\n\n`;
    const url = 'https://api.openai.com/v1/responses/resp_1?stream=true&starting_after=3';
    const cut = await read(event('response.output_text.done'), { url, method: 'GET' });
    expect(cut.got).toContain('stream_interrupted');
    const whole = await read(event('response.output_text.done') + event('response.incomplete'), { url, method: 'GET' });
    expect(whole.outcome.ok).toBe(true);
  });

  it.each([
    ['/threads/t/runs', 'event: thread.run.created\ndata: {}\n\n', false],
    ['/threads/t/runs', 'event: done\ndata: [DONE]\n\n', true],
    ['/chat/completions', choice(0, 'a', 'stop'), true],
  ])('%s that breaks after %j was whole: %s', async (path, text, whole) => {
    const { post } = bench(cannedFetch(() => bytesAnswer(utf8(text), [], new TypeError('terminated'))));
    const response = await post(streamed, `https://api.openai.com/v1${path}`);
    const outcome = outcomeOf(response);
    expect((await response.text()).includes('stream_interrupted')).toBe(!whole);
    expect((await outcome).ok).toBe(whole);
  });

  it('names host and time in the journey, and nothing of the content', async () => {
    const { got, journey } = await read(choice(0, 'secret words'));
    const entry = journey?.entries.at(-1);
    expect(entry).toMatchObject({ type: 'decision', layer: 'core', action: 'stream_ended' });
    expect(JSON.stringify(entry)).toContain('api.openai.com');
    expect(JSON.stringify(entry)).not.toContain('secret words');
    expect(got.startsWith(choice(0, 'secret words'))).toBe(true);
  });
});

describe('a caller who stops', () => {
  it('by leaving the loop cancels the source, and no circuit hears of it', async () => {
    const cancelled: unknown[] = [];
    const { client } = bench(
      cannedFetch(() =>
        streamAnswer(chatChunks(['a', 'b', 'c']), { cancelled: (reason) => void cancelled.push(reason) }),
      ),
    );
    const { data, response } = await client.chat.completions.create({ ...question, stream: true }).withResponse();
    const outcome = outcomeOf(response);
    for await (const _ of data) break;
    expect(cancelled).toHaveLength(1);
    expect(await outcome).toMatchObject({ ending: 'cancelled', fault: { kind: 'aborted', trips: false } });
  });

  it('after the finish has had the whole answer', async () => {
    const { client } = bench(cannedFetch(() => streamAnswer(chatChunks(['a']))));
    const { data, response } = await client.chat.completions.create({ ...question, stream: true }).withResponse();
    const outcome = outcomeOf(response);
    for await (const { choices } of data) if (choices[0]?.finish_reason) break;
    expect((await outcome).ok).toBe(true);
  });

  it.each([
    ['with a reason', new Error('enough')],
    ['with a text', 'enough'],
    ['with null', null],
    ['without one', undefined],
  ])('by an abort %s gets no error event, and the error that it was', async (_how, reason) => {
    const controller = new AbortController();
    const { post } = bench(async (_url, init) => {
      const first = utf8(choice(0, 'Held'));
      const body = new ReadableStream({
        start(source) {
          source.enqueue(first);
          init?.signal?.addEventListener('abort', () => source.error(init.signal?.reason));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    });
    const response = await post({ ...streamed, signal: controller.signal });
    const outcome = outcomeOf(response);
    const reader = (response.body as ReadableStream).getReader();
    await reader.read();
    controller.abort(reason);
    await expect(reader.read()).rejects.toBe(controller.signal.reason);
    expect((await outcome).ending).toBe('cancelled');
  });

  it('by its own signal at the client ends the loop as the client has it', async () => {
    const controller = new AbortController();
    const { client } = bench(cannedFetch(() => streamAnswer(chatChunks(['a', 'b', 'c']))));
    const { data, response } = await client.chat.completions
      .create({ ...question, stream: true }, { signal: controller.signal })
      .withResponse();
    const outcome = outcomeOf(response);
    let seen = 0;
    for await (const _ of data) if (++seen === 2) controller.abort();
    expect(seen).toBe(2);
    expect((await outcome).ending).toBe('cancelled');
  });

  it('is told of its deadline by an event', async () => {
    const { post, clock } = bench(async (_url, init) => {
      const body = new ReadableStream({
        start: (source) => {
          source.enqueue(utf8(choice(0, 'Held')));
          init?.signal?.addEventListener('abort', () => source.error(init.signal?.reason));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    });
    const response = await post({ ...streamed, holdfast: { deadlineMs: 1000 } });
    const outcome = outcomeOf(response);
    const text = response.text();
    await clock.advance(1000);
    expect(await text).toMatch(/event: error\ndata: .*"code":"deadline_exceeded"/);
    expect((await outcome).fault?.kind).toBe('deadline_exceeded');
    expect(clock.pendingTimers).toBe(0);
  });
});
