import { discard, refuse, type Middleware } from '@holdfast/core';
import { cannedAnswer, cannedFetch, hang, jsonAnswer, ManualClock } from '@holdfast/testkit';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, clientOf, failure, fetchOf, question, recording, retrying } from '../../test/bench.ts';
import { startMeter, unlisted, type RecordedMeter } from '../../test/meter.ts';
import { treeOf } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';
import { secondBuckets, tokenBuckets } from './buckets.ts';

const recorder = recording();
let meter: RecordedMeter;

beforeEach(() => void (meter = startMeter()));
afterEach(async () => {
  expect(unlisted(await meter.points())).toEqual([]);
  for (const { value } of await meter.of('holdfast.active_operations')) expect(value, 'calls under way').toBe(0);
  expect(meter.errors).toEqual([]);
  await meter.stop();
});
afterAll(() => expect(recorder.all.length).toBeGreaterThan(0));

const duration = 'gen_ai.client.operation.duration';
const layer = (): Middleware => telemetry({ meterProvider: meter.provider });
const mini = (): Response => jsonAnswer({ ...cannedAnswer, model: 'gpt-5-mini-2025-08-07' });
const base = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5',
  'server.address': 'api.openai.com',
  'server.port': 443,
};
const answered = { ...base, 'gen_ai.response.model': 'gpt-5-2025-08-07' };

describe('the metrics of a call', () => {
  it('say how long it took and what it used', async () => {
    await clientOf(cannedFetch(answer), [layer()]).chat.completions.create(question);
    const [took, ...more] = await meter.of(duration);
    expect(more).toEqual([]);
    expect(took).toMatchObject({ unit: 's', count: 1, attributes: answered });
    expect(took?.attributes).toEqual(answered);
    expect(took?.boundaries).toEqual(secondBuckets);
    expect(secondBuckets).toEqual([
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ]);
    const used = await meter.of('gen_ai.client.token.usage');
    expect(used.map(({ attributes, value }) => [attributes['gen_ai.token.type'], value])).toEqual([
      ['input', 5],
      ['output', 3],
    ]);
    expect(used[0]).toMatchObject({ unit: '{token}', count: 1, boundaries: tokenBuckets });
    expect([tokenBuckets.length, tokenBuckets[0], tokenBuckets.at(-1)]).toEqual([14, 1, 67_108_864]);
  });

  it('are one duration without error.type for 429, 503, 200', async () => {
    const upstream = cannedFetch(failure(429), failure(503), answer);
    await clientOf(upstream, [layer(), retrying()]).chat.completions.create(question);
    expect(await meter.of(duration)).toMatchObject([{ count: 1, attributes: answered }]);
    expect((await meter.of(duration))[0]?.attributes).not.toHaveProperty('error.type');
    const attempts = await meter.of('holdfast.attempt.duration');
    const told = attempts.map(({ attributes: found }) => [
      found['holdfast.attempt.kind'],
      found['holdfast.result'],
      found['error.type'],
    ]);
    expect(told).toEqual([
      ['initial', 'failed', '429'],
      ['retry', 'failed', '503'],
      ['retry', 'ok', undefined],
    ]);
    expect(await meter.of('holdfast.attempt.tokens')).toMatchObject([
      { value: 5, attributes: { 'holdfast.disposition': 'delivered', 'gen_ai.token.type': 'input' } },
      { value: 3, attributes: { 'holdfast.disposition': 'delivered', 'gen_ai.token.type': 'output' } },
    ]);
  });

  it('have the error.type of the span when nothing is left to try', async () => {
    const client = clientOf(cannedFetch(failure(503)), [layer(), retrying()]);
    await expect(client.chat.completions.create(question)).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    const { call } = treeOf(recorder.spans);
    expect(call.attributes['error.type']).toBe('503');
    expect(await meter.of(duration)).toMatchObject([{ count: 1, attributes: { 'error.type': '503' } }]);
    expect(await meter.of('gen_ai.client.token.usage')).toEqual([]);
  });

  it('name the model asked and the model that answered, and count its tokens once', async () => {
    const ladder: Middleware = {
      name: 'fallback',
      layer: 'fallback',
      async handle(call, next) {
        discard(await next(call));
        return next(call.with({ body: call.body.withModel('gpt-5-mini')! }));
      },
    };
    await clientOf(cannedFetch(failure(503), mini), [layer(), ladder]).chat.completions.create(question);
    const expected = { ...base, 'gen_ai.response.model': 'gpt-5-mini-2025-08-07' };
    expect((await meter.of(duration)).map(({ attributes }) => attributes)).toEqual([expected]);
    expect((await meter.of('gen_ai.client.token.usage')).map(({ count, value }) => [count, value])).toEqual([
      [1, 5],
      [1, 3],
    ]);
    expect((await meter.of('holdfast.attempt.duration')).at(-1)?.attributes).toMatchObject({
      'holdfast.attempt.kind': 'fallback',
      'gen_ai.request.model': 'gpt-5-mini',
    });
  });

  it('count what an answer took that the caller never saw', async () => {
    const gate: Middleware = {
      name: 'fallback',
      layer: 'fallback',
      async handle(call, next) {
        await (await next(call)).text();
        return next(call.with({ body: call.body.withModel('gpt-5-mini')! }));
      },
    };
    const costOf = (model: string, usage: { inputTokens: number }) =>
      (model.includes('mini') ? 1 : 10) * usage.inputTokens;
    const counting = telemetry({ meterProvider: meter.provider, costOf });
    await clientOf(cannedFetch(answer, mini), [counting, gate]).chat.completions.create(question);
    const tokens = (await meter.of('holdfast.attempt.tokens')).map(({ attributes, value }) => [
      attributes['gen_ai.response.model'],
      attributes['holdfast.disposition'],
      value,
    ]);
    expect(tokens).toEqual([
      ['gpt-5-2025-08-07', 'discarded', 5],
      ['gpt-5-2025-08-07', 'discarded', 3],
      ['gpt-5-mini-2025-08-07', 'delivered', 5],
      ['gpt-5-mini-2025-08-07', 'delivered', 3],
    ]);
    expect(await meter.of('holdfast.budget.cost')).toMatchObject([
      { unit: '{USD}', value: 50, attributes: { 'holdfast.disposition': 'discarded' } },
      { value: 5, attributes: { 'holdfast.disposition': 'delivered' } },
    ]);
    expect((await meter.of('gen_ai.client.token.usage')).map(({ count }) => count)).toEqual([1, 1]);
  });

  it('are kept where the trace is not sampled, and where there is no tracer at all', async () => {
    const silent = {
      startSpan: () => ({ isRecording: () => false, spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }) }),
    };
    const unsampled = telemetry({ meterProvider: meter.provider, tracer: silent as never });
    await (await fetchOf(cannedFetch(answer), [unsampled])()).text();
    expect(recorder.spans).toEqual([]);
    expect(await meter.of(duration)).toMatchObject([{ count: 1, attributes: answered }]);
  });

  it('have no error.type when the caller aborted, and that of the span when its timeout did', async () => {
    const clock = new ManualClock();
    const call = fetchOf(cannedFetch(hang), [layer()], { clock });
    const aborted = new AbortController();
    const first = call({ signal: aborted.signal });
    await clock.advance(10);
    aborted.abort();
    await expect(first).rejects.toThrow();
    const late = new AbortController();
    const second = call({ signal: late.signal, headers: { 'x-stainless-timeout': '5' } });
    await clock.advance(5000);
    late.abort();
    await expect(second).rejects.toThrow();
    const types = (await meter.of(duration)).map(({ attributes, count }) => [attributes['error.type'], count]);
    expect(types).toEqual([
      [undefined, 1],
      ['deadline_exceeded', 1],
    ]);
    const attempts = (await meter.of('holdfast.attempt.duration')).map(
      ({ attributes }) => attributes['holdfast.result'],
    );
    expect(attempts).toEqual(['cancelled', 'failed']);
  });

  it('name a refusal by its kind, and count no attempt for it', async () => {
    const open: Middleware = {
      name: 'breaker',
      layer: 'breaker',
      handle: (call) => Promise.resolve(refuse(call, { layer: 'breaker', code: 'circuit_open', message: 'no' })),
    };
    await (await fetchOf(cannedFetch(answer), [layer(), open])()).text();
    expect(await meter.of(duration)).toMatchObject([{ attributes: { 'error.type': 'circuit_open' } }]);
    expect(await meter.of('holdfast.attempt.duration')).toEqual([]);
    expect(await meter.of('holdfast.circuit_breaker.calls')).toMatchObject([
      { value: 1, attributes: { 'holdfast.result': 'refused' } },
    ]);
  });
});
