import { faults } from '@holdfast/testkit';
import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { question, recording } from '../../test/bench.ts';
import { treeOf } from '../../test/recorder.ts';
import { askingWorld, type AskingWorld } from '../../test/stream-usage-bench.ts';
import type { TelemetryOptions } from '../index.ts';

const recorder = recording();

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const chat = async ({ client }: AskingWorld, more: object = {}): Promise<OpenAI.ChatCompletionChunk[]> =>
  all((await client.chat.completions.create({ ...question, stream: true, ...more })) as never);

/** The same in a world that asks and in one that does not. */
async function both<T>(run: (world: AskingWorld) => Promise<T>): Promise<[T, T]> {
  await using asking = await askingWorld();
  await using silent = await askingWorld({ streamUsage: 'never' });
  return [await run(asking), await run(silent)];
}

const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }];

describe('a caller who did not ask for the usage of a stream', () => {
  it.each<[string, (world: AskingWorld) => Promise<unknown>]>([
    ['chat', (world) => chat(world)],
    ['chat with tools', (world) => chat(world, { tools, tool_choice: 'required' })],
    ['chat with several choices', (world) => chat(world, { n: 3 })],
    ['chat with options of its own', (world) => chat(world, { stream_options: { include_obfuscation: false } })],
    ['chat without options', (world) => chat(world, { stream_options: null })],
    [
      'legacy completions',
      async ({ client }) => all(await client.completions.create({ model: 'm', prompt: 'Hold', stream: true })),
    ],
    [
      'the helper',
      async ({ client }) => {
        const stream = client.chat.completions.stream(question);
        return [await stream.finalChatCompletion(), (await stream.totalUsage()) as unknown];
      },
    ],
    [
      'a tee',
      async ({ client }) => {
        const [left, right] = (await client.chat.completions.create({ ...question, stream: true })).tee();
        return Promise.all([all(left), all(right)]);
      },
    ],
    [
      'bytes',
      async ({ post }) =>
        new Uint8Array(await (await post('/chat/completions', { ...question, stream: true })).arrayBuffer()),
    ],
    [
      'a clone',
      async ({ post }) => {
        const response = await post('/chat/completions', { ...question, stream: true });
        return Promise.all([response.clone().text(), response.text()]);
      },
    ],
  ])('sees what he would have seen: %s', async (_name, run) => {
    const [asked, plain] = await both(run);
    expect(asked).toEqual(plain);
    expect(JSON.stringify(plain)).not.toContain('"usage":{');
    const usages = recorder.spans.filter((span) => span.attributes['gen_ai.usage.output_tokens'] !== undefined);
    expect(usages).toHaveLength(1);
    expect(usages[0]?.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
  });

  it('has every other byte of his request sent as it is', async () => {
    await using world = await askingWorld();
    const body =
      '{ "messages" : [{"role":"user","content":"\\"stream_options\\":1 \\u00e9"}],\n"model":"m", "stream":true }';
    await (await world.post('/chat/completions', body)).text();
    await (await world.post('/chat/completions', body.replace('true', 'true,"stream_options": { "x":1.0 }'))).text();
    expect(world.sent).toEqual([
      body.replace('true }', 'true ,"stream_options":{"include_usage":true}}'),
      body.replace('true', 'true,"stream_options": {"include_usage":true, "x":1.0 }'),
    ]);
  });

  it('stops early, and then nobody knows it', async () => {
    await using world = await askingWorld({}, { script: [{ fault: faults.hang({ at: 'body', afterEvents: 2 }) }] });
    for await (const chunk of await world.client.chat.completions.create({ ...question, stream: true })) {
      expect(chunk).not.toHaveProperty('usage');
      break;
    }
    const { call } = treeOf(recorder.spans);
    expect(call.attributes).toMatchObject({ 'holdfast.ending': 'cancelled' });
    expect(call.attributes).not.toHaveProperty('gen_ai.usage.output_tokens');
  });

  it('leaves nothing in his journey', async () => {
    await using world = await askingWorld();
    await chat(world);
    expect(world.journeys.map(({ entries }) => entries.map(({ type }) => type))).toEqual([['attempt']]);
  });
});

describe('nothing is asked', () => {
  const bodyOf = (more: object): string => JSON.stringify({ ...question, stream: true, ...more });

  it.each<[string, object]>([
    ['with true', { stream_options: { include_usage: true } }],
    ['with false', { stream_options: { include_usage: false } }],
    ['with null', { stream_options: { include_usage: null } }],
    ['with what is no object', { stream_options: 'all' }],
    ['for no stream', { stream: false }],
  ])('where the caller has said what he wants, %s', async (_name, more) => {
    await using world = await askingWorld();
    const text = await (await world.post('/chat/completions', bodyOf(more))).text();
    expect(world.sent).toEqual([bodyOf(more)]);
    expect(text.includes('"completion_tokens"')).toBe('stream' in more || JSON.stringify(more).includes('true'));
  });

  it.each<[string, Record<string, string>]>([
    ['AWS', { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request' }],
    ['AWS, asymmetrically', { authorization: 'AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/bedrock/aws4_request' }],
    ['a hash of AWS', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }],
    ['a digest', { 'content-digest': 'sha-256=:x:' }],
    ['an older digest', { digest: 'sha-256=x' }],
    ['an old digest', { 'content-md5': 'x' }],
    ['a signature', { signature: 'sig1=:x:' }],
    ['an encoding', { 'content-encoding': 'identity' }],
  ])('in a body that is vouched for: %s', async (_name, headers) => {
    await using world = await askingWorld();
    await (await world.post('/chat/completions', bodyOf({}), { headers })).text();
    expect(world.sent).toEqual([bodyOf({})]);
  });

  it('in a body that is measured', async () => {
    await using world = await askingWorld();
    const headers = { 'content-length': String(Buffer.byteLength(bodyOf({}))) };
    await (await world.post('/chat/completions', bodyOf({}), { headers })).text();
    expect(world.sent).toEqual([bodyOf({})]);
  });

  it('in a body that is no text', async () => {
    await using world = await askingWorld();
    const body = new Blob([bodyOf({})]).stream();
    const response = await world.post('/chat/completions', body, { duplex: 'half' } as RequestInit);
    expect(await response.text()).not.toContain('"usage"');
    expect(world.sent).toEqual(['object']);
  });

  it.each<[string, TelemetryOptions]>([
    ['to nobody', { streamUsage: 'never' }],
    ['to unknown hosts', { streamUsageHosts: [] }],
    ['to other hosts', { streamUsageHosts: ['gateway.example.com', '*.1.0.0', '127.0.0.1:1'] }],
    ['when it is switched off', { enabled: false }],
  ])('%s', async (_name, options) => {
    await using world = await askingWorld(options);
    await (await world.post('/chat/completions', bodyOf({}))).text();
    expect(world.sent).toEqual([bodyOf({})]);
  });

  it('of responses, which tell it anyway', async () => {
    await using world = await askingWorld();
    const body = { model: 'gpt-5', input: 'Hold', stream: true };
    expect(await (await world.post('/responses', body)).text()).toContain('"output_tokens":6');
    expect(world.sent).toEqual([JSON.stringify(body)]);
    expect(treeOf(recorder.spans).call.attributes['gen_ai.usage.output_tokens']).toBe(6);
  });
});
