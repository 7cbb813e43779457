import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faults, startUpstream, type FaultRule, type Upstream } from '@holdfast/testkit';
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  execKey,
  fileKey,
  hints,
  journeyOf,
  loadServices,
  pipeline,
  preset,
  refusalOf,
  sign,
  transport,
  type PresetOptions,
} from 'holdfast';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Canaries } from './canaries.ts';

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Will it hold?' }] };
const canaries = new Canaries();
const of = (slot: string): string => canaries.of(slot);

const spans: unknown[] = [];
const sdk = new NodeSDK({
  autoDetectResources: false,
  metricReaders: [],
  logRecordProcessors: [],
  spanProcessors: [
    {
      onStart: () => undefined,
      onEnd: ({ name, attributes, events, status }) => void spans.push({ name, attributes, events, status }),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  ],
});

beforeAll(() => sdk.start());
afterAll(async () => {
  await sdk.shutdown();
  trace.disable();
});

const record =
  (sink: string) =>
  (...values: unknown[]): void =>
    canaries.sink(sink, ...values);

/** Every callback there is tells what it is told. */
const told: PresetOptions = {
  fallback: {
    models: { 'gpt-5': [{ endpoint: 'other' }] },
    endpoints: {
      other: {
        baseURL: 'http://127.0.0.1:9/v1',
        apiKey: of('fallback.endpoints.apiKey'),
        headers: { 'x-gateway-key': of('fallback.endpoints.headers') },
      },
    },
    onFallback: record('onFallback'),
    onDowngrade: record('onDowngrade'),
  },
  retry: { maxRetries: 1, initialDelayMs: 1, maxDelayMs: 2, onRetry: record('onRetry') },
  rateLimit: { onRefused: record('onRefused'), onLimit: record('onLimit'), onFreeze: record('onFreeze') },
  breaker: { onStateChange: record('onStateChange') },
  timeout: { headersMs: 40, onTimeout: record('onTimeout') },
  warn: record('warn'),
};

function clientTo(upstream: Upstream, options: PresetOptions = {}): OpenAI {
  const resilient = preset({ ...told, transport: transport(), ...options });
  canaries.sink('describe', resilient.describe(), resilient);
  const logged = record('log of the client');
  const logger = { debug: logged, info: logged, warn: logged, error: logged };
  const client = new OpenAI({
    apiKey: of('client.apiKey'),
    baseURL: upstream.baseURL,
    timeout: 5000,
    logLevel: 'debug',
    logger,
  });
  return resilient.wrap(client);
}

/** What of an error is ours: all but the words of the API, which are the caller's. */
function sinkError(error: unknown): void {
  canaries.sink('journey', journeyOf(error), JSON.stringify(journeyOf(error)));
  canaries.sink('refusal', refusalOf(error));
  if (refusalOf(error) !== undefined || !(error instanceof OpenAI.APIError) || error.status === undefined)
    canaries.sink('error', error);
}

async function play(client: OpenAI): Promise<void> {
  const calls = [
    () => client.chat.completions.create(params).withResponse(),
    () => client.chat.completions.create(params, hints({ tenant: 'acme', deadlineMs: 400 })).withResponse(),
    async () => {
      const { data, response } = await client.chat.completions.create({ ...params, stream: true }).withResponse();
      for await (const chunk of data) canaries.sink('chunk', chunk);
      return { response };
    },
    () => client.models.list().withResponse(),
    () => client.get('https://elsewhere.example/v1/models').withResponse(),
    () => client.get('/organization/users').withResponse(),
  ];
  for (const call of calls)
    await call().then(({ response }) => canaries.sink('journey', journeyOf(response)), sinkError);
}

const echoing = (slot: string): FaultRule['fault'] =>
  faults.status(401, { code: 'invalid_api_key', message: `Incorrect API key provided: ${of(slot)}.` });

const days: [string, FaultRule[]][] = [
  ['a good day', []],
  ['a key that is refused, and repeated to whoever asks', [{ fault: echoing('auth.credentials') }]],
  ['limits', [{ fault: faults.rateLimit({ retryAfterMs: 5 }) }]],
  ['an outage', [{ fault: faults.overloaded() }]],
  ['broken connections', [{ fault: faults.reset({ at: 'headers' }) }]],
  ['silence', [{ fault: faults.hang({ at: 'headers' }) }]],
  ['streams that break', [{ fault: faults.cutStream({ afterEvents: 2 }) }]],
  ['a redirect', [{ fault: faults.redirect('https://evil.example/') }]],
];

const throwing = (): never => {
  throw Object.assign(new Error(`no token: ${of('auth.function')}`), { token: of('auth.function') });
};

const ways: [string, () => PresetOptions][] = [
  ["the client's own key", () => ({})],
  [
    'a pool',
    () => ({ auth: { credentials: [of('auth.credentials'), of('auth.credentials.2')], admin: of('auth.admin') } }),
  ],
  ['a function that gives tokens', () => ({ auth: { credentials: () => of('auth.token') } })],
  ['a function that throws what it knows', () => ({ auth: { credentials: throwing } })],
  ['a file', () => ({ auth: { credentials: fileKey(fileWith(of('auth.file'))) } })],
  ['a program', () => ({ auth: { credentials: execKey(programThatPrints(of('auth.exec'))) } })],
];

const fileWith = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-canary-')), 'key');
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
};

/** Says its token where it belongs, and where it does not. */
const programThatPrints = (token: string) => ({
  command: process.execPath,
  args: [
    '-e',
    `console.error(${JSON.stringify(token)}); console.log(JSON.stringify({ version: 1, token: ${JSON.stringify(token)} }))`,
  ],
});

describe('no eight characters of a secret come to light', () => {
  it.each(ways.flatMap(([way, options]) => days.map(([day, script]) => [way, day, options, script] as const)))(
    '%s, on a day with %s',
    async (_way, _day, options, script) => {
      const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
        vi.spyOn(console, name).mockImplementation(record('console')),
      );
      try {
        await using upstream = await startUpstream({ script });
        await play(clientTo(upstream, options()));
        canaries.sink('spans', ...spans.splice(0));
        canaries.sink('log of the upstream', upstream.log);
      } finally {
        for (const spy of spies) spy.mockRestore();
      }
      canaries.expectNoneSunk();
    },
  );

  it('of a key that signs requests', async () => {
    await using upstream = await startUpstream();
    for (const secret of [of('sign.key'), `${of('sign.wrong')}\n${of('sign.wrong')}`])
      try {
        const layer = sign({ key: { keyId: 'gateway', alg: 'hmac-sha256', secret }, origins: [upstream.url] });
        const resilient = pipeline().use(layer).build();
        canaries.sink('describe', layer, resilient.describe());
        const client = resilient.wrap(new OpenAI({ apiKey: of('client.apiKey'), baseURL: upstream.baseURL }));
        const { response } = await client.chat.completions.create(params).withResponse();
        canaries.sink('journey', journeyOf(response));
        canaries.sink('log of the upstream', upstream.log);
      } catch (error) {
        canaries.sink('error', error);
      }
    canaries.expectNoneSunk();
  });

  it('in errors of a services file that a key was written into', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'holdfast-canary-')), 'holdfast.yaml');
    const places = [
      `auth: { credentials: ${of('services.credentials')} }`,
      `auth: { credentials: { env: ${of('services.env')} } }`,
      `fallback: { models: { gpt-5: [a] }, endpoints: { b: { baseURL: 'https://a.example', apiKey: ${of('services.apiKey')} } } }`,
      `${of('services.layer')}: {}`,
      `retry: { ${of('services.option')}: 1 }`,
      `retry: { maxRetries: ${of('services.value')} }`,
      `fallback: { models: { ${of('services.model')}: [] } }`,
    ];
    for (const place of places) {
      writeFileSync(file, `services:\n  checkout:\n    ${place}\n`);
      try {
        loadServices(file);
        expect.unreachable('it was taken');
      } catch (error) {
        canaries.sink('config error', error);
      }
    }
    canaries.expectNoneSunk();
  });
});
