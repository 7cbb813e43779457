import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect } from './collect.ts';
import { ManualClock } from '../manual-clock.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';

let upstream: Upstream;
let client: OpenAI;

const user = (content: string): { role: 'user'; content: string } => ({ role: 'user', content });

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

beforeEach(async () => {
  upstream = await startUpstream({ clock: new ManualClock(), words: 5 });
  client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-test-secret-0123456789', maxRetries: 0 });
});
afterEach(() => upstream.close());

test('answers a chat completion with an echo, usage and the usual headers', async () => {
  const { data, response } = await client.chat.completions
    .create({ model: 'gpt-5', messages: [user('alpha beta')] })
    .withResponse();
  expect(data.choices[0]?.message.content).toBe('alpha beta alpha beta alpha');
  expect(data.choices[0]?.finish_reason).toBe('stop');
  expect(data.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 });
  expect(data.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  expect(data.id).toMatch(/^chatcmpl-\w{20,}$/);
  expect(data.system_fingerprint).toMatch(/^fp_/);
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  expect(response.headers.get('openai-version')).toBe('2020-10-01');
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('999999999');
});

test('streams the same words that a plain answer has', async () => {
  const stream = await client.chat.completions.create({ model: 'gpt-5', messages: [user('alpha beta')], stream: true });
  let text = '';
  let finish: string | null = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  expect(text).toBe('alpha beta alpha beta alpha');
  expect(finish).toBe('stop');
});

test('sends usage in an extra chunk without choices when asked to', async () => {
  const stream = await client.chat.completions.create({
    model: 'gpt-5',
    messages: [user('hi')],
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await collect(stream);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
});

test('sends usage of legacy completions in the same way', async () => {
  const asked = { model: 'gpt-3.5-turbo-instruct', prompt: 'hi', stream: true as const };
  const plain = await collect(await client.completions.create(asked));
  const chunks = await collect(await client.completions.create({ ...asked, stream_options: { include_usage: true } }));
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(plain.some((chunk) => 'usage' in chunk)).toBe(false);
  expect(plain).toHaveLength(chunks.length - 1);
});

test.each(['/chat/completions', '/completions'])('%s refuses options of a stream without one', async (path) => {
  const body = { model: 'gpt-5', messages: [user('hi')], prompt: 'hi', stream_options: { include_usage: true } };
  await expect(client.post(path, { body })).rejects.toMatchObject({ status: 400, param: 'stream_options' });
});

test('gives as many choices as were asked for', async () => {
  const plain = await client.chat.completions.create({ model: 'gpt-5', messages: [user('hi')], n: 3 });
  expect(plain.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
  expect(plain.usage?.completion_tokens).toBe(15);
});

test('calls a tool when the user says so, and answers once the tool has', async () => {
  const messages = [user('please use the tool')];
  const call = await client.chat.completions.create({ model: 'gpt-5', messages, tools: [weather] });
  const toolCall = call.choices[0]?.message.tool_calls?.[0];
  expect(call.choices[0]?.finish_reason).toBe('tool_calls');
  expect(toolCall).toMatchObject({ type: 'function', function: { name: 'weather', arguments: '{"city":"a"}' } });
  const answer = await client.chat.completions.create({
    model: 'gpt-5',
    messages: [...messages, call.choices[0]!.message, { role: 'tool', tool_call_id: toolCall!.id, content: 'sun' }],
    tools: [weather],
  });
  expect(answer.choices[0]?.message.content).toContain('please');
});

test('streams the arguments of a tool call in fragments', async () => {
  const stream = client.chat.completions.stream({
    model: 'gpt-5',
    messages: [user('go')],
    tools: [weather],
    tool_choice: 'required',
  });
  let fragments = 0;
  for await (const chunk of stream) fragments += chunk.choices[0]?.delta.tool_calls?.length ?? 0;
  const { choices } = await stream.finalChatCompletion();
  expect(fragments).toBeGreaterThan(2);
  expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { arguments: '{"city":"a"}' } });
});

test('stops at the limit of tokens', async () => {
  const body = { model: 'gpt-5', messages: [user('one two three')] };
  const { choices } = await client.chat.completions.create({ ...body, max_completion_tokens: 2 });
  expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'one two' } });
});

test('emits JSON that satisfies the schema', async () => {
  const schema = {
    type: 'object',
    properties: {
      tags: { type: 'array', items: { enum: ['x'] }, minItems: 2 },
      count: { type: 'integer', minimum: 3 },
    },
    required: ['tags', 'count'],
  };
  const { choices } = await client.chat.completions.create({
    model: 'gpt-5',
    messages: [user('data')],
    response_format: { type: 'json_schema', json_schema: { name: 'data', schema } },
  });
  expect(JSON.parse(choices[0]!.message.content!)).toEqual({ tags: ['x', 'x'], count: 3 });
});

test('takes the model from an Azure deployment, and the key from its header', async () => {
  const response = await fetch(`${upstream.url}/openai/deployments/my-gpt/chat/completions?api-version=2026-01-01`, {
    method: 'POST',
    headers: { 'api-key': 'azure-secret', 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [user('hi')] }),
  });
  expect(await response.json()).toMatchObject({ model: 'my-gpt', object: 'chat.completion' });
  expect(upstream.log[0]?.keyId).not.toBe('none');
});
