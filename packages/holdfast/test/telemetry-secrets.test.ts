import { ManualClock } from '@holdfast/testkit';
import { auth, breaker, pipeline, retry, telemetry, timeout, transport, type TelemetryOptions } from 'holdfast';
import OpenAI, { toFile } from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { startEcho, type EchoMode } from './echoing-upstream.ts';
import { startSignals } from './signals.ts';

/** Stands in all that a caller says; the key has letters of its own. */
const said = 'Q7x9Q7x9';
const key = 'sk-proj-K3yK3yK3yK3yK3yK3yK3y';
const tools = [{ type: 'function' as const, function: { name: `tool_${said}`, parameters: { said } } }];
const messages = [
  { role: 'system' as const, content: said },
  { role: 'user' as const, content: said, name: said },
];
const model = 'gpt-5';
const file = () => toFile(Buffer.from(said), `${said}.png`, { type: 'image/png' });

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** Every operation, as the real client asks it. */
const operations: Record<string, (client: OpenAI, options: OpenAI.RequestOptions) => Promise<unknown>> = {
  chat: (client, options) =>
    client.chat.completions.create({ model, messages, tools, user: said, metadata: { said } }, options),
  'a stream of chat': async (client, options) =>
    readAll(await client.chat.completions.create({ model, messages, stream: true }, options)),
  responses: (client, options) =>
    client.responses.create({ model, instructions: said, input: said, prompt_cache_key: said }, options),
  'a stream of responses': async (client, options) =>
    readAll(await client.responses.create({ model, instructions: said, input: said, stream: true }, options)),
  embeddings: (client, options) => client.embeddings.create({ model, input: [said] }, options),
  completions: (client, options) => client.completions.create({ model, prompt: said, suffix: said }, options),
  'a stream of completions': async (client, options) =>
    readAll(await client.completions.create({ model, prompt: said, stream: true }, options)),
  images: (client, options) => client.images.generate({ model, prompt: said }, options),
  'edits of images': async (client, options) =>
    client.images.edit({ model, prompt: said, image: await file() }, options),
  speech: async (client, options) =>
    (await client.audio.speech.create({ model, voice: 'alloy', input: said }, options)).text(),
  transcriptions: async (client, options) =>
    client.audio.transcriptions.create({ model, prompt: said, file: await file() }, options),
  moderations: (client, options) => client.moderations.create({ model, input: said }, options),
  files: async (client, options) => client.files.create({ purpose: 'user_data', file: await file() }, options),
  models: (client, options) => client.models.list({ query: { said }, ...options }),
};

const endings: readonly (readonly [EchoMode, number?])[] = [
  ['ok'],
  ...[400, 401, 403, 404, 413, 429, 500, 503].map((status) => ['refused', status] as const),
  ...(['reset', 'malformed', 'error event', 'cut', 'aborted'] as const).map((mode) => [mode] as const),
];

const signals = startSignals();
afterAll(() => signals.stop());

/** Asks everything of an upstream that answers in one way, with a pipeline of its own. Returns its warnings. */
async function run(options: TelemetryOptions, mode: EchoMode, status = 400): Promise<string[]> {
  await using upstream = await startEcho();
  Object.assign(upstream, { mode, status });
  const clock = new ManualClock();
  const warnings: string[] = [];
  const warn = (text: string, cause?: unknown): void => void warnings.push(`${text} ${String(cause)}`);
  const resilient = pipeline({ service: 'quiet', clock, random: () => 0.5, warn })
    .use(telemetry({ meterProvider: signals.meter.provider, streamUsageHosts: ['127.0.0.1'], ...options }))
    .use(retry({ maxRetries: 1 }))
    .use(breaker({ minimumCalls: 20, consecutiveFailures: 20 }))
    .use(timeout())
    .use(auth({ credentials: { id: 'primary', kind: 'key', read: () => ({ value: key }) } }))
    .use(transport())
    .build();
  const { baseURL } = upstream;
  const client = resilient.wrap(new OpenAI({ apiKey: key, baseURL, logLevel: 'off' }));
  for (const ask of Object.values(operations)) {
    const controller = new AbortController();
    upstream.arrived = () => mode === 'aborted' && controller.abort();
    await clock.runUntil(ask(client, { signal: controller.signal }).catch(() => undefined));
  }
  await resilient.close();
  return warnings;
}

describe('by default', () => {
  it(
    'law: no signal holds what was said, an echo of it in an error, or a piece of the key',
    { timeout: 20_000 },
    async () => {
      const warnings: string[] = [];
      for (const [mode, status] of endings) warnings.push(...(await run({}, mode, status)));
      expect(warnings.join()).not.toMatch(/Q7x9|K3y/i);
      expect(signals.events).toEqual([]);
      const text = await signals.text();
      expect(text).not.toMatch(/Q7x9/i);
      expect(text).not.toMatch(/K3y/i);
      const calls = signals.recorder.all.filter(({ attributes }) => 'holdfast.ending' in attributes);
      expect(calls).toHaveLength(endings.length * Object.keys(operations).length);
      expect(signals.recorder.open).toBe(0);
    },
  );
});

describe('with content', () => {
  it('is told what was said, and never the key', async () => {
    const before = signals.recorder.all.length;
    for (const [mode, status] of endings) await run({ captureContent: 'both' }, mode, status);
    expect(await signals.text()).not.toMatch(/K3y/i);
    const spans = signals.recorder.all.slice(before);
    for (const name of [
      'gen_ai.input.messages',
      'gen_ai.output.messages',
      'gen_ai.system_instructions',
      'gen_ai.tool.definitions',
    ])
      expect(spans.filter(({ attributes }) => String(attributes[name]).includes(said)).length, name).toBeGreaterThan(0);
    expect(signals.events.length).toBe(spans.filter(({ attributes }) => 'holdfast.ending' in attributes).length);
  });
});
