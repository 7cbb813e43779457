import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import * as api from '@opentelemetry/api';
import { LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchOf, recording, streamOf } from '../../test/bench.ts';
import { telemetry, type TelemetryOptions } from '../index.ts';

const recorder = recording();
const events: { eventName?: string | undefined; attributes: Record<string, unknown> }[] = [];
const processor: LogRecordProcessor = {
  onEmit: ({ eventName, attributes }) => void events.push({ eventName, attributes }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
beforeAll(() => {
  api.logs.disable();
  api.logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [processor] }));
});
afterAll(() => api.logs.disable());

/** What is told of a call, on its span. */
async function told(
  request: object,
  answer: object | readonly string[],
  { path = 'chat/completions', ...options }: TelemetryOptions & { readonly path?: string } = {},
): Promise<Record<string, unknown>> {
  const upstream = cannedFetch(() => (Array.isArray(answer) ? streamOf(answer as string[]) : jsonAnswer(answer)));
  const call = fetchOf(upstream, [telemetry({ captureContent: 'spans', ...options })]);
  const url = `https://api.openai.com/v1/${path}`;
  await (await call({ body: JSON.stringify(request) }, url)).text();
  const span = recorder.spans.find(({ name }) => name !== 'POST');
  const names = [
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.tool.definitions',
  ];
  const found = names.map((name) => [name.split('.').slice(1).join('.'), span?.attributes[name]] as const);
  return Object.fromEntries(
    found.filter(([, value]) => value !== undefined).map(([name, value]) => [name, JSON.parse(String(value))]),
  );
}

const chunk = (delta: object, reason: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;

describe('content', () => {
  it('of chat: messages, tools and their calls, images by their hash', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,aGVsbG8=' } };
    const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } };
    const request = {
      model: 'gpt-5',
      messages: [
        { role: 'developer', content: 'be kind' },
        { role: 'user', content: [{ type: 'text', text: 'what is this?' }, image] },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: 'rain' },
      ],
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    };
    const answer = { choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }] };
    const toolCall = { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Bern' } };
    const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    expect(await told(request, answer)).toEqual({
      'input.messages': [
        { role: 'system', parts: [{ type: 'text', content: 'be kind' }] },
        {
          role: 'user',
          parts: [
            { type: 'text', content: 'what is this?' },
            { type: 'blob', modality: 'image', mime_type: 'image/png', content: `sha256:${sha256}`, size: 5 },
          ],
        },
        { role: 'assistant', parts: [toolCall] },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'rain' }] },
      ],
      'output.messages': [{ role: 'assistant', parts: [toolCall], finish_reason: 'tool_call' }],
      'tool.definitions': [{ type: 'function', name: 'weather', parameters: { type: 'object' } }],
    });
  });

  it('of a chat stream: the words put together, and the calls of tools', async () => {
    const answer = [
      chunk({ role: 'assistant', content: '' }),
      ...Array.from({ length: 12 }, (_, index) => chunk({ content: `${index} ` })),
      chunk({ tool_calls: [{ index: 0, id: 'c1', function: { name: 'weather', arguments: '{"ci' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: 'ty":1}' } }] }),
      chunk({}, 'stop'),
      'data: [DONE]\n\n',
    ];
    const found = await told({ model: 'gpt-5', stream: true, messages: [] }, answer, { streamUsage: 'never' });
    expect(found['output.messages']).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'text', content: '0 1 2 3 4 5 6 7 8 9 10 11 ' },
          { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 1 } },
        ],
        finish_reason: 'stop',
      },
    ]);
  });

  it('of responses: instructions, items, reasoning', async () => {
    const answer = {
      status: 'completed',
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'yes' }] },
      ],
    };
    const request = { model: 'gpt-5', instructions: 'be brief', input: 'will it hold?' };
    expect(await told(request, answer, { path: 'responses' })).toEqual({
      system_instructions: [{ type: 'text', content: 'be brief' }],
      'input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'will it hold?' }] }],
      'output.messages': [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', content: 'hm' },
            { type: 'text', content: 'yes' },
          ],
          finish_reason: 'stop',
        },
      ],
    });
  });

  it('of a stream of responses is what its last event says', async () => {
    const response = {
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'yes' }] }],
    };
    const answer = [`event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response })}\n\n`];
    const found = await told({ model: 'gpt-5', stream: true, input: 'x' }, answer, { path: 'responses' });
    expect(found['output.messages']).toMatchObject([
      { parts: [{ type: 'text', content: 'yes' }], finish_reason: 'stop' },
    ]);
  });

  it.each<[string, object, object, unknown, unknown]>([
    [
      'embeddings',
      { input: ['a', [1, 2, 3]] },
      { data: [] },
      [[{ type: 'text', content: 'a' }], [{ type: 'tokens', count: 3 }]],
      undefined,
    ],
    [
      'completions',
      { prompt: 'a' },
      { choices: [{ text: 'b', finish_reason: 'stop' }] },
      [[{ type: 'text', content: 'a' }]],
      [[{ type: 'text', content: 'b' }]],
    ],
    [
      'images/generations',
      { prompt: 'a' },
      { data: [{ url: 'https://x.example/a.png?sig=1' }] },
      [[{ type: 'text', content: 'a' }]],
      [[{ type: 'uri', modality: 'image', uri: 'https://x.example/a.png' }]],
    ],
  ])('of %s', async (path, request, answer, input, output) => {
    const found = await told({ model: 'm', ...request }, answer, { path });
    const parts = (messages: unknown): unknown =>
      (messages as { parts: unknown }[] | undefined)?.map((one) => one.parts);
    expect(parts(found['input.messages'])).toEqual(input);
    expect(parts(found['output.messages'])).toEqual(output);
  });

  it('is told by an event with its structure, where that is wanted, and on no span then', async () => {
    events.length = 0;
    const request = { model: 'gpt-5', messages: [{ role: 'user', content: 'hello' }] };
    expect(await told(request, { choices: [] }, { captureContent: 'events' })).toEqual({});
    expect(events).toMatchObject([
      {
        eventName: 'gen_ai.client.inference.operation.details',
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'hello' }] }],
        },
      },
    ]);
  });

  it('is not told where a redactor throws, not even by the warning, and the call goes on', async () => {
    const warnings: unknown[][] = [];
    const redact = (text: string): string => {
      throw new RangeError(`cannot clean ${text}`);
    };
    const layer = telemetry({ captureContent: 'both', redact });
    const warn = (...said: unknown[]): void => void warnings.push(said);
    const call = fetchOf(
      cannedFetch(() => jsonAnswer({ choices: [] })),
      [layer],
      { warn },
    );
    const response = await call({ body: JSON.stringify({ messages: [{ role: 'user', content: 'a secret plan' }] }) });
    expect(response.status).toBe(200);
    await response.text();
    expect(warnings).toEqual([['holdfast checkout: telemetry told no content, as cleaning it threw (RangeError)']]);
    expect(JSON.stringify(recorder.spans.map(({ attributes }) => attributes))).not.toContain('secret');
  });

  it('is cleaned by ours first, then by the user', async () => {
    const redact = (text: string, place: string): string => text.replace('Ada', `<${place}>`);
    const content = 'Ada writes ada@example.com with sk-abcdefghijklmnop';
    const found = await told({ messages: [{ role: 'user', content }] }, { choices: [] }, { redact });
    expect(JSON.stringify(found)).toContain('<input> writes [e-mail] with [key]');
  });
});
