import { faults, ManualClock, startUpstream, type FaultRule } from '@holdfast/testkit';
import { SpanStatusCode } from '@opentelemetry/api';
import { fallback, pipeline, retry, telemetry, transport, type Middleware, type Transport } from 'holdfast';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { instrumentUndici } from '../../otel/test/instrumented-undici.ts';
import { startRecorder, treeOf, values, type RecordedSpan } from '../../otel/test/recorder.ts';

const recorder = startRecorder();
let instrumented: Disposable;
beforeAll(() => void (instrumented = instrumentUndici()));
afterAll(async () => {
  instrumented[Symbol.dispose]();
  await recorder.stop();
});
afterEach(() => recorder.clear());

const ask = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold.' }] };

/** Asks once, through real HTTP. Returns the `traceparent` of each request that arrived. */
async function asked(
  layers: readonly (Middleware | Transport)[],
  script: readonly FaultRule[],
): Promise<(string | undefined)[]> {
  const clock = new ManualClock();
  await using upstream = await startUpstream({ clock, script: [...script] });
  let builder = pipeline({ clock, random: () => 0.5 });
  for (const layer of [telemetry(), ...layers]) builder = builder.use(layer);
  const resilient = builder.build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL, logLevel: 'off' }));
  await clock.runUntil(client.chat.completions.create(ask).catch(() => undefined));
  await resilient.close();
  return upstream.log.map(({ headers }) => headers['traceparent']);
}

const traceparent = (span: RecordedSpan): string => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`;
const statusOf = (spans: readonly RecordedSpan[]): unknown[] => spans.map(({ status }) => status.code);
const { UNSET, ERROR } = SpanStatusCode;
const twice = [faults.rateLimit(), faults.overloaded()].map((fault): FaultRule => ({ times: 1, fault }));

describe.each<[string, () => readonly Transport[]]>([
  ['the global fetch', () => []],
  ['our transport', () => [transport()]],
])('over %s, which is instrumented', (_name, carried) => {
  it('429, 503 and 200 are one call without an error and three attempts, each drawn once', async () => {
    const arrived = await asked([retry(), ...carried()], twice);
    const { call, attempts } = treeOf(recorder.spans);
    expect(recorder.spans).toHaveLength(4);
    expect(call.status).toEqual({ code: UNSET });
    expect(call.attributes).not.toHaveProperty('error.type');
    expect(values(attempts, 'error.type')).toEqual(['429', '503', undefined]);
    expect(values(attempts, 'http.response.status_code')).toEqual([429, 503, 200]);
    expect(values(attempts, 'http.request.resend_count')).toEqual([undefined, 1, 2]);
    expect(values(attempts, 'holdfast.attempt.kind')).toEqual(['initial', 'retry', 'retry']);
    expect(statusOf(attempts)).toEqual([ERROR, ERROR, UNSET]);
    expect(arrived).toEqual(attempts.map(traceparent));
  });

  it('counts on across a fallback', async () => {
    const rules: FaultRule[] = [{ match: { model: 'gpt-5' }, fault: faults.overloaded() }];
    const arrived = await asked(
      [fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }), retry({ maxRetries: 1 }), ...carried()],
      rules,
    );
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.attributes).toMatchObject({ 'gen_ai.request.model': 'gpt-5', 'holdfast.attempts': 3 });
    expect(call.attributes['gen_ai.response.model']).toMatch(/^gpt-5-mini/);
    expect(call.status).toEqual({ code: UNSET });
    expect(values(attempts, 'http.request.resend_count')).toEqual([undefined, 1, 2]);
    expect(values(attempts, 'holdfast.attempt.kind')).toEqual(['initial', 'retry', 'fallback']);
    expect(values(attempts, 'holdfast.attempt.model')).toEqual(['gpt-5', 'gpt-5', 'gpt-5-mini']);
    expect(arrived).toEqual(attempts.map(traceparent));
  });

  it('is an error of the call when every attempt failed', async () => {
    await asked([retry({ maxRetries: 1 }), ...carried()], [{ fault: faults.overloaded() }]);
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.status).toEqual({ code: ERROR });
    expect(call.attributes['error.type']).toBe('503');
    expect(statusOf(attempts)).toEqual([ERROR, ERROR]);
  });
});

describe('the instrumentation', () => {
  it('draws what does not go through a pipeline', async () => {
    await using upstream = await startUpstream();
    await (await fetch(`${upstream.baseURL}/models`)).text();
    expect(recorder.spans.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual([
      '@opentelemetry/instrumentation-undici',
    ]);
  });
});
