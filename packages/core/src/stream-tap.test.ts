import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { bench, bytesAnswer, cannedFetch, chatChunks, consume, outcomeOf, question, utf8 } from '../test/bench.ts';
import { onSettled, type Outcome } from './index.ts';

const responseEvent = (type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

const legacyEvent = (text: string, reason: string | null): string =>
  `data: ${JSON.stringify({ id: 'cmpl', model: 'm', choices: [{ index: 0, text, finish_reason: reason }] })}\n\n`;

interface Api {
  readonly events: readonly string[];
  /** Events up to and with this one make a whole answer. */
  readonly wholeFrom: number;
  readonly open: (client: OpenAI) => PromiseLike<AsyncIterable<unknown>>;
}

const apis: Record<string, Api> = {
  chat: {
    events: chatChunks(['He', 'ld', ' fast', '"finish_reason":"stop"']),
    wholeFrom: 5,
    open: (client) => client.chat.completions.create({ ...question, stream: true }),
  },
  'chat with usage': {
    events: [
      ...chatChunks(['a', 'b']).slice(0, -1),
      `data: ${JSON.stringify({ id: 'chatcmpl-canned', choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } })}\n\n`,
      'data: [DONE]\n\n',
    ],
    wholeFrom: 3,
    open: (client) => client.chat.completions.create({ ...question, stream: true }),
  },
  'legacy completions': {
    events: [legacyEvent('Held', null), legacyEvent(' fast', null), legacyEvent('', 'length'), 'data: [DONE]\n\n'],
    wholeFrom: 3,
    open: (client) => client.completions.create({ model: 'm', prompt: 'x', stream: true }),
  },
  responses: {
    events: [
      responseEvent('response.created', { response: { id: 'resp_1', status: 'in_progress' } }),
      responseEvent('response.output_text.delta', { delta: 'response.completed' }),
      responseEvent('response.output_text.done', { text: 'Held' }),
      responseEvent('response.output_item.done', { item: {} }),
      responseEvent('response.completed', {
        response: { id: 'resp_1', model: 'gpt-5', status: 'completed', usage: { input_tokens: 2, output_tokens: 1 } },
      }),
    ],
    wholeFrom: 5,
    open: (client) => client.responses.create({ model: 'gpt-5', input: 'x', stream: true }),
  },
};

async function watch(api: Api, answer: () => Response) {
  let outcome: Promise<Outcome> | undefined;
  const layer = {
    name: 'watch',
    layer: 'audit' as const,
    handle: async (call: never, next: (call: never) => Promise<Response>) => {
      const response = await next(call);
      outcome = outcomeOf(response);
      return response;
    },
  };
  const { client } = bench(cannedFetch(answer), { layers: [layer as never] });
  const seen = await consume(await api.open(client));
  return { ...seen, outcome: (await outcome) as Outcome };
}

const data = (events: readonly string[]): unknown[] =>
  events.flatMap((event) => {
    const text = /data: (\{.*)/.exec(event)?.[1];
    return text === undefined ? [] : [JSON.parse(text) as unknown];
  });

const isInterruption = (error: unknown): boolean =>
  error instanceof OpenAI.APIError && error.code === 'stream_interrupted' && error.type === 'holdfast_stream';

describe.each(Object.entries(apis))('a stream of %s', (_name, api) => {
  const text = api.events.join('');
  const bytes = utf8(text);

  it('reaches the real client whole, wherever it was cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), async (cuts) => {
        const { items, error, outcome } = await watch(api, () => bytesAnswer(bytes, cuts));
        expect(error).toBeUndefined();
        expect(items).toEqual(data(api.events));
        expect(outcome.ok).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['ends', undefined],
    ['breaks', new TypeError('terminated')],
    ['is aborted by somebody else', new DOMException('x', 'AbortError')],
  ])('that %s after any event is an error unless the answer was whole', async (_how, failure) => {
    for (let count = 0; count <= api.events.length; count++) {
      const sent = utf8(api.events.slice(0, count).join(''));
      const { items, error, outcome } = await watch(api, () => bytesAnswer(sent, [10, 100], failure));
      expect(items).toEqual(data(api.events.slice(0, count)));
      if (count >= api.wholeFrom) expect([error, outcome.ending]).toEqual([undefined, 'complete']);
      else {
        expect(error).toSatisfy(isInterruption);
        expect(outcome).toMatchObject({
          ending: 'failed',
          ok: false,
          fault: { kind: 'stream_interrupted', trips: true },
        });
      }
    }
  });

  it('that is cut anywhere never ends well without its whole content', async () => {
    const wholeBytes = utf8(api.events.slice(0, api.wholeFrom).join('')).length;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length }), fc.boolean(), async (at, breaks) => {
        const failure = breaks ? new TypeError('terminated') : undefined;
        const { items, error, outcome } = await watch(api, () => bytesAnswer(bytes.slice(0, at), [at >> 1], failure));
        expect(data(api.events).slice(0, items.length)).toEqual(items);
        if (error !== undefined) expect(error).toSatisfy(isInterruption);
        expect(outcome.ok).toBe(error === undefined);
        if (error === undefined)
          expect(items.length).toBeGreaterThanOrEqual(data(api.events.slice(0, api.wholeFrom)).length);
        // The last event may lack its blank line, which clients forgive.
        if (at >= wholeBytes) expect(error).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  });

  it('that says [DONE] before the answer is whole is an error', async () => {
    const events = [...api.events.slice(0, api.wholeFrom - 1), 'data: [DONE]\n\n'];
    for (const cuts of [[], [5], [utf8(events.join('')).length - 3]]) {
      const { items, error, outcome } = await watch(api, () => bytesAnswer(utf8(events.join('')), cuts));
      expect(items).toEqual(data(events));
      expect(error).toSatisfy(isInterruption);
      expect(outcome.fault?.kind).toBe('stream_interrupted');
    }
  });

  it('is not disturbed by comments that keep the connection alive, however many and long', async () => {
    const comment = `: ${'keep alive '.repeat(20)}\n\n`;
    const noisy = api.events.join(comment.repeat(6)) + comment.repeat(10);
    const { items, error, outcome } = await watch(api, () => bytesAnswer(utf8(noisy), [7, 400, 900]));
    expect(error).toBeUndefined();
    expect(items).toEqual(data(api.events));
    expect(outcome.finishReasons).not.toHaveLength(0);
  });

  it('tells model, id and usage when asked', async () => {
    const { outcome } = await watch(api, () => bytesAnswer(bytes));
    expect(outcome.model).toBeTypeOf('string');
    expect(outcome.responseId).toBeTypeOf('string');
    if (text.includes('usage')) expect(outcome.usage?.outputTokens).toBeGreaterThan(0);
  });
});

it('settles before the caller has the last event, so that a caller who stops there is no canceller', async () => {
  const { post } = bench(cannedFetch(() => bytesAnswer(utf8(chatChunks(['a']).join('')), [20])));
  const response = await post();
  const endings: string[] = [];
  onSettled(response, ({ ending }) => void endings.push(ending));
  const reader = (response.body as ReadableStream).getReader();
  for (let text = ''; !text.includes('[DONE]');) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  expect(endings).toEqual(['complete']);
});
