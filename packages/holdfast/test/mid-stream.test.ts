import { faults, startUpstream, type FaultRule, type UpstreamOptions } from '@holdfast/testkit';
import { holdfast, journeyOf, partialOf, type FallbackOptions } from 'holdfast';
import OpenAI, { APIError } from 'openai';
import { describe, expect, it } from 'vitest';

const words20 = Array.from({ length: 20 }, (_, index) => `word${index}`).join(' ');
const messages = [{ role: 'user' as const, content: 'Count.' }];
const twenty: FaultRule = { fault: faults.answer({ text: words20 }) };

async function world(
  script: readonly FaultRule[],
  midStream: FallbackOptions['midStream'] = {},
  options: UpstreamOptions = {},
) {
  const upstream = await startUpstream({ script: [twenty, ...script], ...options });
  const plain = new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, maxRetries: 0 });
  const client = holdfast(plain, {
    fallback: { models: { 'gpt-5': ['gpt-5-mini'] }, midStream },
    retry: { maxRetries: 0 },
  });
  return { upstream, client, [Symbol.asyncDispose]: () => upstream.close() };
}

/** What a caller reads of a stream, and what it throws. */
async function heard(client: OpenAI, more: object = {}) {
  let text = '';
  let tokens = 0;
  let args = '';
  let finish: string | null | undefined;
  const ids = new Set<string>();
  try {
    const stream = await client.chat.completions.create({ model: 'gpt-5', messages, stream: true, ...more });
    for await (const chunk of stream) {
      ids.add(chunk.id);
      const [choice] = chunk.choices;
      if (choice?.delta.content) tokens++;
      text += choice?.delta.content ?? '';
      args += choice?.delta.tool_calls?.[0]?.function?.arguments ?? '';
      finish = choice?.finish_reason ?? finish;
    }
    return { text, tokens, args, finish, ids: ids.size, error: undefined };
  } catch (error) {
    return { text, tokens, args, finish, ids: ids.size, error: error as APIError };
  }
}

/** The role is an event of its own. */
const cutAfter = (tokens: number, model = 'gpt-5'): FaultRule => ({
  match: { model },
  fault: faults.cutStream({ afterEvents: tokens + 1 }),
});

describe('a stream that is cut after 8 of 20 tokens', () => {
  it('throws, with the text so far in the error', async () => {
    await using app = await world([cutAfter(8)]);
    const { tokens, text, error, finish } = await heard(app.client);
    expect([tokens, finish]).toEqual([8, undefined]);
    expect(error).toBeInstanceOf(APIError);
    expect(error?.code).toBe('stream_interrupted');
    expect(partialOf(error)).toEqual({ text, tokens: 8 });
    expect(JSON.stringify(journeyOf(error))).not.toContain('word3');
  });

  it('throws in the same way where its connection breaks', async () => {
    await using app = await world([{ fault: faults.reset({ at: 'body', afterEvents: 9 }), match: { model: 'gpt-5' } }]);
    const { text, error } = await heard(app.client);
    expect(error?.code).toBe('stream_interrupted');
    expect(partialOf(error)?.text).toBe(text);
  });

  it('restart: is replaced, and gives the twenty once', async () => {
    await using app = await world([cutAfter(8)], { chat: { policy: 'restart', bufferTokens: 16 } });
    expect(await heard(app.client)).toMatchObject({
      text: words20,
      tokens: 20,
      finish: 'stop',
      ids: 1,
      error: undefined,
    });
    expect(app.upstream.log.map(({ model }) => model)).toEqual(['gpt-5', 'gpt-5-mini']);
  });

  it('restart: is an error once more was passed on than is kept back', async () => {
    await using app = await world([cutAfter(8)], { chat: { policy: 'restart', bufferTokens: 4 } });
    const { tokens, error } = await heard(app.client);
    expect(tokens).toBe(8);
    expect(partialOf(error)?.tokens).toBe(8);
  });

  it('continue: goes on in the same stream, and says nothing twice', async () => {
    const first = 'word0 word1 word2 word3 word4 word5 word6 word7 ';
    const again = `word5 word6 word7 ${words20.slice(first.length)}`;
    await using app = await world(
      [{ times: 1, fault: faults.cutStream({ afterEvents: 9 }) }],
      { chat: { policy: 'continue' } },
      {
        script: [
          { times: 1, fault: faults.answer({ text: words20 }) },
          { after: 1, fault: faults.answer({ text: again }) },
          { times: 1, fault: faults.cutStream({ afterEvents: 9 }) },
        ],
      },
    );
    expect(await heard(app.client)).toMatchObject({ text: words20, finish: 'stop', ids: 1, error: undefined });
    expect(app.upstream.log).toHaveLength(2);
  });

  it('continue: is refused once a structured answer began', async () => {
    await using app = await world([cutAfter(8)], { chat: { policy: 'continue' } });
    const { error } = await heard(app.client, {
      messages: [{ role: 'user', content: 'Count, in JSON.' }],
      response_format: { type: 'json_object' },
    });
    expect(error?.code).toBe('stream_interrupted');
    expect(app.upstream.log).toHaveLength(1);
  });
});

describe('a call to a tool', () => {
  const tools = [
    {
      type: 'function' as const,
      function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
    },
  ];

  it.each(['error', 'restart', 'continue'] as const)('%s: that is cut surfaces nothing half', async (policy) => {
    await using app = await world([{ match: { model: 'gpt-5' }, fault: faults.cutStream({ afterEvents: 2 }) }], {
      chat: { policy, bufferTokens: 2 },
    });
    const { args, error } = await heard(app.client, { tools, tool_choice: 'required' });
    if (error === undefined) expect(() => JSON.parse(args) as unknown).not.toThrow();
    else expect(args).toBe('');
  });

  it('that is whole comes whole', async () => {
    await using app = await world([]);
    const { args, finish } = await heard(app.client, { tools, tool_choice: 'required' });
    expect(() => JSON.parse(args) as unknown).not.toThrow();
    expect(finish).toBe('tool_calls');
  });
});

describe('a stream of the Responses API', () => {
  it('that fails after it was created is replaced: one created, one id, one answer', async () => {
    await using app = await world([
      { match: { model: 'gpt-5' }, fault: faults.inStreamError({ afterEvents: 1, as: 'response.failed' }) },
    ]);
    const types: string[] = [];
    const ids = new Set<string>();
    let text = '';
    for await (const event of await app.client.responses.create({ model: 'gpt-5', input: 'Count.', stream: true })) {
      types.push(event.type);
      if ('response' in event) ids.add(event.response.id);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(types.filter((type) => type === 'response.created')).toHaveLength(1);
    expect(types.at(-1)).toBe('response.completed');
    expect([ids.size, text]).toEqual([1, words20]);
  });

  it('in the background is read on where it was cut: every event once, one request to make it', async () => {
    await using app = await world([
      { times: 1, match: { method: 'POST' }, fault: faults.cutStream({ afterEvents: 10 }) },
      { times: 1, match: { method: 'GET' }, fault: faults.cutStream({ afterEvents: 7 }) },
    ]);
    const sequence: number[] = [];
    let text = '';
    const params = { model: 'gpt-5', input: 'Count.', stream: true, background: true } as const;
    for await (const event of await app.client.responses.create(params)) {
      sequence.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(sequence).toEqual(Array.from({ length: sequence.length }, (_, index) => index));
    expect(text).toBe(words20);
    expect(app.upstream.log.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  });

  it('in the background that is streamed no more is asked for until it has ended', async () => {
    await using app = await world([
      { times: 1, match: { method: 'POST' }, fault: faults.cutStream({ afterEvents: 10 }) },
      { times: 1, match: { method: 'GET' }, fault: faults.status(400) },
    ]);
    const types: string[] = [];
    const params = { model: 'gpt-5', input: 'Count.', stream: true, background: true } as const;
    for await (const event of await app.client.responses.create(params)) types.push(event.type);
    expect(types.at(-1)).toBe('response.completed');
    expect(app.upstream.log.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  });
});
