import { faults, type FaultRule, type Upstream } from '@holdfast/testkit';
import { auth, breaker, fallback, hedge, hints, rateLimit, retry, timeout, type Middleware } from 'holdfast';
import type OpenAI from 'openai';
import { expect } from 'vitest';
import { parsed, prompt, type Bench } from './audited.ts';

const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of stream);
};
const arrived = async (upstream: Upstream): Promise<void> => {
  while (upstream.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
};

const attempt = (number: number): object => expect.objectContaining({ type: 'attempt', number }) as object;
const overloaded = faults.overloaded();
const open = breaker({ consecutiveFailures: 1, minimumCalls: 1, failureThreshold: 0.01 });

/** Name, setting, what is done, and what the last line of a call then holds. */
type Path = readonly [
  name: string,
  setting: {
    readonly script?: readonly FaultRule[];
    readonly layers?: readonly Middleware[];
    readonly keys?: string[];
  },
  act: (bench: Bench) => Promise<unknown>,
  line: object,
];

/** Every way in which a call can end. */
export const paths: readonly Path[] = [
  [
    'is answered',
    {},
    ({ ask }) => ask(),
    { ending: 'complete', status: 200, usage: { outputTokens: expect.any(Number) } },
  ],
  ['is streamed', {}, async ({ stream }) => read(await stream()), { ending: 'complete', finishReasons: ['stop'] }],
  [
    'is retried',
    { script: [{ times: 2, fault: overloaded }] },
    ({ ask }) => ask(),
    { ending: 'complete', answeredBy: 'gpt-5' },
  ],
  [
    'falls back',
    { script: [{ match: { model: 'gpt-5' }, fault: overloaded }] },
    ({ ask }) => ask(),
    { ending: 'complete', model: 'gpt-5', answeredBy: 'gpt-5-mini' },
  ],
  ['fails everywhere', { script: [{ fault: overloaded }] }, ({ ask }) => ask(), { ending: 'failed', status: 503 }],
  [
    'is wrong',
    { script: [{ fault: faults.status(400, { code: 'bad', message: prompt }) }] },
    ({ ask }) => ask(),
    { ending: 'failed', status: 400, fault: { kind: 'bad_request', code: 'bad' } },
  ],
  [
    'loses its connection',
    { script: [{ fault: faults.reset({ at: 'headers' }) }] },
    ({ ask }) => ask(),
    { ending: 'failed', fault: { kind: 'network' } },
  ],
  [
    'is cut in its stream',
    { script: [{ fault: faults.cutStream({ afterEvents: 3 }) }] },
    async ({ stream }) => read(await stream()),
    { ending: 'failed', status: 200, fault: { kind: 'stream_interrupted' } },
  ],
  [
    'fails in its stream',
    { script: [{ fault: faults.inStreamError({ afterEvents: 3 }) }] },
    async ({ stream }) => read(await stream()),
    { ending: 'failed', fault: { kind: 'server_error' } },
  ],
  [
    'is given up before its headers',
    { script: [{ fault: faults.hang({ at: 'headers' }) }] },
    async ({ ask, upstream }) => {
      const controller = new AbortController();
      const pending = ask({ signal: controller.signal });
      await arrived(upstream);
      controller.abort();
      return pending;
    },
    { ending: 'cancelled', fault: { kind: 'aborted' } },
  ],
  [
    'is left in its stream',
    { script: [{ fault: faults.hang({ at: 'body', afterEvents: 2 }) }] },
    async ({ stream }) => {
      for await (const _ of await stream()) break;
    },
    { ending: 'cancelled', status: 200 },
  ],
  [
    'passes its deadline',
    { script: [{ fault: faults.hang({ at: 'headers' }) }] },
    ({ ask }) => ask(hints({ deadlineMs: 60 }) as OpenAI.RequestOptions),
    { ending: 'failed', fault: { kind: 'deadline_exceeded' } },
  ],
  [
    'times out in its attempts',
    { script: [{ fault: faults.hang({ at: 'headers' }) }], layers: [timeout({ headersMs: 25 })] },
    ({ ask }) => ask(),
    { ending: 'failed', fault: { kind: 'timeout', code: 'headers_timeout' } },
  ],
  [
    'meets open circuits',
    { script: [{ fault: overloaded }], layers: [open, retry({ maxRetries: 0 })] },
    async ({ ask }) => {
      await ask().catch(() => undefined);
      return ask();
    },
    { ending: 'failed', fault: { kind: 'circuit_open' }, refusal: 'circuit_open' },
  ],
  [
    'finds no room',
    {
      script: [{ fault: faults.hang({ at: 'headers' }) }],
      layers: [rateLimit({ concurrency: 1, maxQueue: 0 }), fallback({ models: { another: ['gpt-5-mini'] } })],
    },
    async ({ ask, upstream, kept, layer }) => {
      const controller = new AbortController();
      const first = ask({ signal: controller.signal });
      await arrived(upstream);
      await ask().catch(() => undefined);
      await layer.flush();
      expect(parsed(kept)).toMatchObject([{ ending: 'failed', refusal: 'queue_full' }]);
      controller.abort();
      return first;
    },
    { ending: 'cancelled' },
  ],
  [
    'has a dead credential',
    { keys: ['sk-another'], layers: [auth({ credentials: 'sk-canary-pool-0123456789' })] },
    ({ ask }) => ask(),
    { ending: 'failed', fault: { kind: 'invalid_credential' } },
  ],
  [
    'is sent twice at once',
    {
      script: [{ times: 1, after: 1, fault: faults.latency({ headersMs: 400 }) }],
      layers: [hedge({ minimumCalls: 1, minDelayMs: 1, maxShare: 1 })],
    },
    async ({ ask }) => {
      await ask();
      return ask();
    },
    { ending: 'complete', status: 200, journey: { entries: expect.arrayContaining([attempt(1), attempt(2)]) } },
  ],
];
