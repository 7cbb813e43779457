import { faults, ManualClock, startUpstream } from '@holdfast/testkit';
import { fallback, pipeline, retry, telemetry } from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { startMeter } from './metric-points.ts';

const model = 'gpt-5';
const ask = { model, messages: [{ role: 'user' as const, content: 'Will it hold?' }] };

describe('a stream that was mended on its way', () => {
  it('is one call, and the tokens of the part that told them were delivered', async () => {
    const meter = startMeter();
    await using upstream = await startUpstream({
      script: [{ match: { model }, times: 1, fault: faults.cutStream({ afterEvents: 9 }) }],
    });
    const resilient = pipeline()
      .use(telemetry({ meterProvider: meter.provider }))
      .use(fallback({ models: { [model]: ['gpt-5-mini'] }, midStream: { chat: { policy: 'continue' } } }))
      .build();
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL }));
    const stream = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
    const points = await meter.points();
    const told = points.filter(({ metric }) => metric === 'holdfast.attempt.tokens');
    expect(told.map(({ attributes }) => attributes['holdfast.disposition'])).toEqual(['delivered', 'delivered']);
    expect(points.filter(({ metric }) => metric === 'gen_ai.client.operation.duration')).toMatchObject([{ value: 1 }]);
    expect(points.filter(({ metric }) => metric === 'holdfast.stream.completions')).toMatchObject([
      { value: 1, attributes: { 'holdfast.result': 'done' } },
    ]);
    const kinds = points.filter(({ metric }) => metric === 'holdfast.attempt.duration');
    expect(kinds.map(({ attributes }) => attributes['holdfast.attempt.kind'])).toEqual(['initial', 'retry']);
    expect(points.filter(({ metric }) => metric === 'holdfast.retry.attempts')).toMatchObject([
      { value: 1, attributes: { 'error.type': 'stream_interrupted' } },
    ]);
    await resilient.close();
    await meter.stop();
  });
});

describe('why there is no retry', () => {
  it.each([
    ['exhausted', retry({ maxRetries: 0 }), {}],
    ['budget', retry({ budget: { minRetriesPerSecond: 0 } }), {}],
    ['deadline', retry({ initialDelayMs: 20_000, maxDelayMs: 60_000 }), { timeout: 1000 }],
    ['nested', retry(), { headers: { 'x-stainless-retry-count': '1' } }],
  ] as const)('is told as %s, as the layer says it', async (reason, layer, options) => {
    const clock = new ManualClock();
    const meter = startMeter();
    await using upstream = await startUpstream({ clock, script: [{ fault: faults.overloaded() }] });
    const resilient = pipeline({ clock, random: () => 0.5, warn: () => undefined })
      .use(telemetry({ meterProvider: meter.provider }))
      .use(layer)
      .build();
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL }));
    await clock.runUntil(client.chat.completions.create(ask, options).catch(() => undefined));
    const points = (await meter.points()).filter(({ metric }) => metric === 'holdfast.retry.suppressed');
    expect(points.map(({ attributes }) => attributes['holdfast.reason'])).toEqual([reason]);
    await resilient.close();
    await meter.stop();
  });

  it.each([
    ['server_wait', faults.rateLimit({ retryAfterMs: 3_600_000 }), {}],
    ['unsafe', faults.status(504), { model: 'gpt-image-1', prompt: 'x' }],
  ] as const)('is told as %s', async (reason, fault, image) => {
    const clock = new ManualClock();
    const meter = startMeter();
    await using upstream = await startUpstream({ clock, script: [{ fault }] });
    const resilient = pipeline({ clock, random: () => 0.5 })
      .use(telemetry({ meterProvider: meter.provider }))
      .use(retry({ ambiguous: { images: 'give_up' } }))
      .build();
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL, timeout: 86_400_000 }));
    const pending = 'prompt' in image ? client.images.generate(image) : client.chat.completions.create(ask);
    await clock.runUntil((pending as Promise<unknown>).catch(() => undefined));
    const points = (await meter.points()).filter(({ metric }) => metric === 'holdfast.retry.suppressed');
    expect(points.map(({ attributes }) => attributes['holdfast.reason'])).toEqual([reason]);
    await resilient.close();
    await meter.stop();
  });
});
