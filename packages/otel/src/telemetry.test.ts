import { journeyOf, OptionError, pipeline } from '@holdfast/core';
import { cannedFetch, chatChunks, testMiddleware } from '@holdfast/testkit';
import { trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { answer, fetchOf, prompt, question, recording, streamOf } from '../test/bench.ts';
import { treeOf } from '../test/recorder.ts';
import { telemetry, type TelemetryOptions } from './index.ts';

const recorder = recording();

testMiddleware(() => telemetry(), { describe, it });

describe('telemetry', () => {
  it('breaks no call when a tracer does, and says so', async () => {
    const warnings: string[] = [];
    const broken = {
      startSpan() {
        throw new Error('my sampler');
      },
    };
    const options = { warn: (text: string) => void warnings.push(text) };
    const layer = telemetry({ tracer: broken as never });
    expect((await fetchOf(cannedFetch(answer), [layer], options)()).status).toBe(200);
    expect(warnings).toEqual(['holdfast checkout: telemetry could not draw a call']);
  });

  it('breaks no attempt when a tracer does, and says so', async () => {
    const warnings: string[] = [];
    const real = trace.getTracer('mine');
    const startSpan = (name: string, ...rest: [never]) => {
      if (name === 'POST') throw new Error('my sampler');
      return real.startSpan(name, ...rest);
    };
    const options = { warn: (text: string) => void warnings.push(text) };
    const layer = telemetry({ tracer: { startSpan } as never });
    await (await fetchOf(cannedFetch(answer), [layer], options)()).text();
    expect(warnings).toEqual(['holdfast checkout: telemetry could not draw an attempt']);
    expect(recorder.spans.map(({ name }) => name)).toEqual(['chat gpt-5']);
  });

  it('does nothing when it is switched off', async () => {
    const upstream = cannedFetch(answer);
    await (await fetchOf(upstream, [telemetry({ enabled: false })])()).text();
    expect(recorder.spans).toEqual([]);
    expect(new Headers(upstream.calls[0]?.init.headers).has('traceparent')).toBe(false);
  });

  it('takes its tracer from the provider that it is given', async () => {
    const asked: unknown[] = [];
    const tracerProvider = {
      getTracer: (...scope: [string, string?]) => {
        asked.push(...scope);
        return trace.getTracer('given');
      },
    };
    await (await fetchOf(cannedFetch(answer), [telemetry({ tracerProvider })])()).text();
    expect(asked).toEqual(['@holdfast/otel', expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    expect(treeOf(recorder.spans).call.instrumentationScope.name).toBe('given');
  });

  it('leaves a streamed request body alone', async () => {
    const body = new Blob([JSON.stringify(question)]).stream();
    const upstream = cannedFetch(answer);
    await (await fetchOf(upstream)({ body, duplex: 'half' } as RequestInit)).text();
    expect(upstream.calls[0]?.init.body).toBe(body);
    expect(body.locked).toBe(false);
    expect(treeOf(recorder.spans).call.name).toBe('chat');
  });

  it('does not parse a request body above 64 KB', async () => {
    const long = { ...question, temperature: 0.5, stream: true, user: prompt.repeat(3000) };
    const upstream = cannedFetch(() => streamOf(chatChunks(['a'])));
    await (await fetchOf(upstream)({ body: JSON.stringify(long) })).text();
    const { call } = treeOf(recorder.spans);
    expect(call.attributes).not.toHaveProperty('gen_ai.request.temperature');
    expect(call.attributes).toMatchObject({ 'gen_ai.request.stream': true, 'gen_ai.request.model': 'gpt-5' });
  });

  it('leaves journeys to their own devices', async () => {
    const response = await fetchOf(cannedFetch(answer))();
    expect(journeyOf(response)?.entries.map(({ type }) => type)).toEqual(['attempt']);
    await response.text();
  });

  it('says what it does in describe()', () => {
    expect(pipeline().use(telemetry()).build().describe()).toContain('spans, semconv 1.41, no content');
    expect(telemetry({ enabled: false }).describe?.()).toBe('off');
  });

  it.each([
    [{ semconv: '1.40' }, `telemetry.semconv: expected '1.41', 'next' or 'both', got "1.40"`],
    [{ meter: {} }, 'telemetry.meter: expected a meter of OpenTelemetry, with createHistogram(), got an object'],
    [
      { meterProvider: 1 },
      'telemetry.meterProvider: expected a meter provider of OpenTelemetry, with getMeter(), got 1',
    ],
    [{ costOf: 0.1 }, 'telemetry.costOf: expected a function, got 0.1'],
    [{ enabled: 'yes' }, 'telemetry.enabled: expected true or false, got "yes"'],
    [{ tracer: {} }, 'telemetry.tracer: expected a tracer of OpenTelemetry, with startSpan(), got an object'],
    [{ tracerProvider: null }, 'telemetry.tracerProvider: expected a tracer provider of OpenTelemetry'],
    [{ trace: 1 }, 'telemetry.trace: expected one of tracer, tracerProvider, '],
  ])('refuses %j', (options, message) => {
    expect(() => telemetry(options as TelemetryOptions)).toThrow(OptionError);
    expect(() => telemetry(options as TelemetryOptions)).toThrow(message);
  });
});
