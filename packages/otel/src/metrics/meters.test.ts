import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pipeline, type Middleware } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { createNoopMeter, metrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, fetchOf, question } from '../../test/bench.ts';
import { startMeter } from '../../test/meter.ts';
import { telemetry } from '../index.ts';

afterEach(() => metrics.disable());

const duration = 'gen_ai.client.operation.duration';
const queue: Middleware = {
  name: 'queue',
  layer: 'rateLimit',
  handle: (call, next) => next(call),
  readings: () => [{ name: 'rate_limit.queue.size', value: 1, attributes: {} }],
};
const thrower = (): never => {
  throw new Error('my meter');
};

describe('the meter', () => {
  it('is the global one, also where the SDK comes after the first call', async () => {
    const send = fetchOf(cannedFetch(answer), [telemetry(), queue]);
    await (await send()).text();
    const meter = startMeter();
    metrics.setGlobalMeterProvider(meter.provider);
    await (await send()).text();
    expect(await meter.of(duration)).toMatchObject([{ count: 1 }]);
    expect(await meter.of('holdfast.rate_limit.queue.size')).toMatchObject([{ value: 1 }]);
    await meter.stop();
  });

  it('is found anew when the SDK is replaced, and the old one is told no more', async () => {
    const send = fetchOf(cannedFetch(answer), [telemetry({ meterProvider: metrics as never }), queue]);
    const [first, second] = [startMeter(), startMeter()];
    metrics.setGlobalMeterProvider(first.provider);
    await (await send()).text();
    const halfway = await send();
    metrics.disable();
    metrics.setGlobalMeterProvider(second.provider);
    await (await send()).text();
    await halfway.text();
    // What began with the old one ends with it.
    expect(await first.of(duration)).toMatchObject([{ count: 2 }]);
    expect(await second.of(duration)).toMatchObject([{ count: 1 }]);
    for (const meter of [first, second])
      expect(await meter.of('holdfast.active_operations')).toMatchObject([{ value: 0 }]);
    expect(await second.of('holdfast.rate_limit.queue.size')).toHaveLength(1);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('is the given one, whatever the provider', async () => {
    const meter = startMeter();
    const asked: unknown[] = [];
    const meterProvider = { getMeter: (...scope: unknown[]) => void asked.push(scope) as never };
    const layer = telemetry({ meter: meter.provider.getMeter('mine'), meterProvider });
    await (await fetchOf(cannedFetch(answer), [layer])()).text();
    expect(asked).toEqual([]);
    expect(await meter.of(duration)).toHaveLength(1);
    await meter.stop();
  });

  it('is asked for once, by the name and version of this package', async () => {
    const meter = startMeter();
    const asked: unknown[] = [];
    const meterProvider = {
      getMeter: (...scope: [string, string?]) => {
        asked.push(scope);
        return meter.provider.getMeter(...scope);
      },
    };
    const send = fetchOf(cannedFetch(answer), [telemetry({ meterProvider })]);
    for (const _ of [1, 2, 3]) await (await send()).text();
    expect(asked).toEqual([['@holdfast/otel', expect.stringMatching(/^\d+\.\d+\.\d+$/)]]);
    await meter.stop();
  });

  it('gets nothing to do where it is a no-op', async () => {
    const calls: unknown[] = [];
    const spy: Middleware = {
      name: 'spy',
      layer: 'retry',
      handle(call, next) {
        calls.push(call.observer);
        return next(call);
      },
    };
    const layer = telemetry({ meter: createNoopMeter() });
    await (await fetchOf(cannedFetch(answer), [layer, spy])()).text();
    expect(calls).toEqual([undefined]);
  });

  it('does nothing when telemetry is switched off', async () => {
    const meter = startMeter();
    const layer = telemetry({ enabled: false, meterProvider: meter.provider });
    await (await fetchOf(cannedFetch(answer), [layer, queue])()).text();
    expect(await meter.points()).toEqual([]);
    await meter.stop();
  });

  it('lets go of pipelines that nobody uses any more', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const meter = startMeter();
    const layer = telemetry({ meterProvider: meter.provider });
    let reads = 0;
    const build = (): void => {
      const counted: Middleware = { ...queue, readings: () => ((reads += 1), []) };
      pipeline().use(layer).use(counted).build();
    };
    build();
    // The layer knows the pipeline that was built last.
    pipeline().use(layer).build();
    await meter.points();
    expect(reads).toBe(1);
    let before = -1;
    for (let turn = 0; turn < 200 && before !== reads; turn++) {
      // What was looked at is held until the end of its turn.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      before = reads;
      await meter.points();
    }
    expect(before).toBe(reads);
    await meter.stop();
  });
});

describe('a meter that throws', () => {
  const warned = (): { readonly warnings: string[]; readonly options: { warn: (text: string) => void } } => {
    const warnings: string[] = [];
    return { warnings, options: { warn: (text) => void warnings.push(text) } };
  };
  const said = ['holdfast checkout: telemetry could not report metrics; this is said once'];

  it.each([
    ['when it is asked for', () => ({ meterProvider: { getMeter: thrower } })],
    ['when it makes an instrument', () => ({ meter: { ...createNoopMeter(), createHistogram: thrower } })],
  ])('%s breaks no call, and is told of once', async (_when, options) => {
    const { warnings, options: pipelineOptions } = warned();
    const send = fetchOf(cannedFetch(answer), [telemetry(options() as never), queue], pipelineOptions);
    for (const _ of [1, 2]) expect((await send()).status).toBe(200);
    expect(warnings).toEqual(said);
  });

  it('breaks no call at any of its instruments', async () => {
    const { warnings, options } = warned();
    const instrument = { add: thrower, record: thrower, addCallback: thrower };
    const meter = Object.fromEntries(
      ['Counter', 'UpDownCounter', 'Histogram', 'Gauge', 'ObservableGauge', 'ObservableCounter'].map((kind) => [
        `create${kind}`,
        () => instrument,
      ]),
    );
    const broken = { ...meter, addBatchObservableCallback: thrower, removeBatchObservableCallback: thrower };
    const send = fetchOf(cannedFetch(answer), [telemetry({ meter: broken as never }), queue], options);
    for (const _ of [1, 2]) expect(await (await send()).json()).toHaveProperty('choices');
    expect(warnings).toEqual(said);
  });
});

describe('costOf', () => {
  it.each([
    ['throws', thrower, ['holdfast checkout: telemetry.costOf threw']],
    ['rejects', () => Promise.reject(new Error('later')), ['holdfast checkout: telemetry.costOf threw']],
    ['does not know', () => undefined, []],
    ['gives no number', () => '0.1', []],
    ['gives less than nothing', () => -1, []],
    ['gives no end', () => Number.POSITIVE_INFINITY, []],
  ])('that %s breaks nothing and tells nothing', async (_what, costOf, expected) => {
    const warnings: string[] = [];
    const meter = startMeter();
    const layer = telemetry({ meterProvider: meter.provider, costOf: costOf as never });
    const send = fetchOf(cannedFetch(answer), [layer], { warn: (text) => void warnings.push(text) });
    await (await send({ body: JSON.stringify(question) })).text();
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual(expected);
    expect(await meter.of('holdfast.budget.cost')).toEqual([]);
    expect(await meter.of('holdfast.attempt.tokens')).toHaveLength(2);
    await meter.stop();
  });
});
