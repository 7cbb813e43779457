import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect } from './collect.ts';
import { ManualClock } from '../manual-clock.ts';
import { faults } from './faults.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';

let clock: ManualClock;
let upstream: Upstream;
let client: OpenAI;

beforeEach(async () => {
  clock = new ManualClock();
  const models = { 'gpt-5': { reasoningTokens: 4 }, 'gpt-4o': {} };
  upstream = await startUpstream({ clock, words: 4, backgroundMs: 60_000, models });
  client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-test-secret-0123456789', maxRetries: 0 });
});
afterEach(() => upstream.close());

test('answers plainly, with reasoning counted and shown as an item', async () => {
  const response = await client.responses.create({ model: 'gpt-5', input: 'alpha beta' });
  expect(response.output_text).toBe('alpha beta alpha beta');
  expect(response.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
  expect(response.usage).toMatchObject({ output_tokens: 8, output_tokens_details: { reasoning_tokens: 4 } });
  expect(response.status).toBe('completed');
});

test('streams the whole sequence of typed events, numbered from zero', async () => {
  const stream = await client.responses.create({ model: 'gpt-4o', input: 'hello', stream: true });
  const events = await collect(stream);
  expect(events.map((event) => event.type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    ...Array.from({ length: 4 }, () => 'response.output_text.delta'),
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(events.map((event) => ('sequence_number' in event ? event.sequence_number : -1))).toEqual(
    events.map((_, index) => index),
  );
});

test('satisfies the client helper that puts a stream together', async () => {
  const stream = client.responses.stream({ model: 'gpt-5', input: 'hello' });
  expect((await stream.finalResponse()).output_text).toBe('hello hello hello hello');
});

test('calls functions, and answers once their output is there', async () => {
  const tools = [
    {
      type: 'function' as const,
      name: 'weather',
      strict: true,
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ];
  const call = await client.responses.create({ model: 'gpt-4o', input: 'use the tool', tools });
  expect(call.output[0]).toMatchObject({ type: 'function_call', name: 'weather', arguments: '{"city":"a"}' });
  const callId = call.output[0]?.type === 'function_call' ? call.output[0].call_id : '';
  const next = await client.responses.create({
    model: 'gpt-4o',
    previous_response_id: call.id,
    input: [{ type: 'function_call_output', call_id: callId, output: 'sun' }],
    tools,
  });
  expect(next.output[0]?.type).toBe('message');
});

test('is incomplete at the limit of tokens, which thinking may use up', async () => {
  const response = await client.responses.create({ model: 'gpt-5', input: 'hello', max_output_tokens: 3 });
  expect(response).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output_text: '',
  });
});

test('counts what went before when a response follows on another', async () => {
  const first = await client.responses.create({ model: 'gpt-4o', input: 'a rather long beginning of it all' });
  const second = await client.responses.create({ model: 'gpt-4o', input: 'more', previous_response_id: first.id });
  expect(second.usage!.input_tokens).toBeGreaterThan(first.usage!.input_tokens);
  await expect(
    client.responses.create({ model: 'gpt-4o', input: 'x', previous_response_id: 'resp_none' }),
  ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
});

test('works in the background until its time has passed', async () => {
  const { id, status } = await client.responses.create({ model: 'gpt-4o', input: 'hello', background: true });
  expect(status).toBe('queued');
  expect((await client.responses.retrieve(id)).status).toBe('in_progress');
  await clock.advance(60_000);
  expect((await client.responses.retrieve(id)).output_text).toBe('hello hello hello hello');
});

test('can be cancelled in the background', async () => {
  const { id } = await client.responses.create({ model: 'gpt-4o', input: 'hello', background: true });
  expect((await client.responses.cancel(id)).status).toBe('cancelled');
});

test('resumes a broken background stream after the last event that was seen', async () => {
  upstream.script({ times: 1, fault: faults.cutStream({ afterEvents: 6 }) });
  const seen: OpenAI.Responses.ResponseStreamEvent[] = [];
  const broken = await client.responses.create({ model: 'gpt-4o', input: 'hello', background: true, stream: true });
  for await (const event of broken) seen.push(event);
  const [created] = seen;
  const id = created?.type === 'response.created' ? created.response.id : '';
  const rest = await client.responses.retrieve(id, { stream: true, starting_after: seen.length - 1 });
  for await (const event of rest) seen.push(event);
  expect(seen.map((event) => ('sequence_number' in event ? event.sequence_number : -1))).toEqual(
    seen.map((_, index) => index),
  );
  expect(seen.at(-1)?.type).toBe('response.completed');
  expect(upstream.log[1]?.query).toBe('?stream=true&starting_after=5');
});

test('states an error inside a stream as its own event', async () => {
  upstream.script({ fault: faults.inStreamError({ afterEvents: 3, code: 'rate_limit_exceeded' }) });
  const stream = await client.responses.create({ model: 'gpt-4o', input: 'hello', stream: true });
  await expect(collect(stream)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
});

test('states a failure as response.failed if told so', async () => {
  upstream.script({ fault: faults.inStreamError({ afterEvents: 2, as: 'response.failed' }) });
  const stream = await client.responses.create({ model: 'gpt-4o', input: 'hello', stream: true });
  expect((await collect(stream)).at(-1)).toMatchObject({ type: 'response.failed', sequence_number: 2 });
});

test('lists its input, is deleted, and is then unknown', async () => {
  const { id } = await client.responses.create({ model: 'gpt-4o', input: 'hello' });
  const items = await client.responses.inputItems.list(id);
  expect(items.data[0]).toMatchObject({ type: 'message', role: 'user' });
  await client.responses.delete(id);
  await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

test('counts the tokens of an input', async () => {
  expect((await client.responses.inputTokens.count({ model: 'gpt-4o', input: 'eight ch' })).input_tokens).toBe(2);
});
