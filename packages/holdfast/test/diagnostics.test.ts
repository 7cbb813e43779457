import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { trace } from '@opentelemetry/api';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { faults, ManualClock, startUpstream } from '@holdfast/testkit';
import {
  auth,
  breaker,
  diagnosticChannels,
  diagnostics,
  fallback,
  pipeline,
  retry,
  telemetry,
  timeout,
  type DiagnosticFact,
  type Middleware,
} from 'holdfast';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Canaries } from './canaries.ts';

type SpanProcessor = NonNullable<NodeSDKConfiguration['spanProcessors']>[number];
type RecordedSpan = Parameters<SpanProcessor['onEnd']>[0];

const spans: RecordedSpan[] = [];
const sdk = new NodeSDK({
  autoDetectResources: false,
  metricReaders: [],
  logRecordProcessors: [],
  spanProcessors: [
    {
      onStart: () => undefined,
      onEnd: (span) => void spans.push(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  ],
});
sdk.start();
afterAll(async () => {
  await sdk.shutdown();
  trace.disable();
});

const facts: DiagnosticFact[] = [];
const onFact = (fact: unknown): void => void facts.push(fact as DiagnosticFact);
beforeEach(() => {
  spans.length = 0;
  facts.length = 0;
  for (const { name } of Object.values(diagnosticChannels)) subscribe(name, onFact);
});
afterEach(() => {
  for (const { name } of Object.values(diagnosticChannels)) unsubscribe(name, onFact);
});

const canaries = new Canaries();
const ask = { model: 'gpt-5', messages: [{ role: 'user' as const, content: `Keep ${canaries.of('the prompt')}.` }] };

describe.each([
  ['inside telemetry', () => [telemetry(), diagnostics()]],
  ['around telemetry', () => [diagnostics(), telemetry()]],
] as const)('diagnostics %s', (_place, outer) => {
  const service = (layers: readonly Middleware[], clock = new ManualClock()) => {
    const builder = pipeline({ service: 'shop', clock });
    for (const layer of [...outer(), ...layers]) builder.use(layer);
    return { clock, resilient: builder.build() };
  };

  it('tells of the same calls and requests as the spans do, and each request has the trace of its own', async () => {
    await using upstream = await startUpstream({ script: [{ times: 2, fault: faults.overloaded() }] });
    const { clock, resilient } = service([retry({ maxRetries: 3 })]);
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-x', baseURL: upstream.baseURL }));
    await clock.runUntil(client.chat.completions.create(ask));
    const statusOf = (span: RecordedSpan): unknown => span.attributes['http.response.status_code'];
    const attempts = spans.filter(({ name }) => name === 'POST');
    expect(attempts.map(statusOf)).toEqual([503, 503, 200]);
    expect(facts.flatMap((fact) => (fact.type === 'attempt:end' ? [fact.attempt.status] : []))).toEqual([
      503, 503, 200,
    ]);
    const sent = upstream.log.map(({ headers }) => String(headers['traceparent']).split('-')[2]);
    expect(sent).toEqual(attempts.map((span) => span.spanContext().spanId));
    const call = spans.find(({ name }) => name === 'chat gpt-5');
    expect(facts.at(-1)).toMatchObject({
      type: 'call:end',
      callId: call?.attributes['holdfast.call.id'],
      attempts: call?.attributes['holdfast.attempts'],
    });
    expect(facts.filter(({ type }) => type === 'event')).toMatchObject([
      { name: 'retry.onRetry', service: 'shop', detail: { attempt: 1, fault: { kind: 'overloaded' } } },
      { name: 'retry.onRetry', service: 'shop', detail: { attempt: 2 } },
    ]);
  });

  it('tells what all layers tell, with no secret and no content in any of it', async () => {
    const [dead, good] = [canaries.of('dead'), canaries.of('good')];
    await using upstream = await startUpstream({
      keys: [good],
      script: [{ times: 2, fault: faults.overloaded(), match: { model: 'gpt-5' } }],
    });
    const { clock, resilient } = service([
      fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }),
      retry({ maxRetries: 1 }),
      breaker({ consecutiveFailures: 2 }),
      timeout(),
      auth({ credentials: [dead, good] }),
    ]);
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-x', baseURL: upstream.baseURL }));
    await clock.runUntil(client.chat.completions.create(ask));
    await clock.runUntil(client.chat.completions.create(ask));
    const names = facts.flatMap((fact) => (fact.type === 'event' ? [fact.name] : []));
    expect([...new Set(names)].toSorted()).toEqual([
      'auth.onStateChange',
      'breaker.onStateChange',
      'fallback.onFallback',
      'retry.onRetry',
    ]);
    expect(facts.filter(({ type }) => type === 'call:end')).toMatchObject([
      { model: 'gpt-5', answeredBy: 'gpt-5-mini', ending: 'complete' },
      { model: 'gpt-5', answeredBy: 'gpt-5-mini', ending: 'complete', attempts: 1 },
    ]);
    canaries.sink('facts', ...facts);
    canaries.sink('description', resilient.describe());
    canaries.expectNoneSunk();
  });
});
