import { announce, pipeline, refuse, type Middleware, type Reading } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, fetchOf, question } from '../../test/bench.ts';
import { startMeter, unlisted, type RecordedMeter } from '../../test/meter.ts';
import { telemetry } from '../index.ts';

let meter: RecordedMeter;

beforeEach(() => void (meter = startMeter()));
afterEach(async () => {
  expect(unlisted(await meter.points())).toEqual([]);
  await meter.stop();
});

const layer = (): Middleware => telemetry({ meterProvider: meter.provider });
const told = async (metric: string) =>
  (await meter.of(metric)).map(({ attributes, value }) => {
    const { 'holdfast.service': service, ...rest } = attributes;
    expect(service).toBeDefined();
    return [rest, value];
  });
const through: Middleware['handle'] = (call, next) => next(call);
const giving = (...readings: Reading[]): Middleware => ({
  name: 'given',
  layer: 'breaker',
  handle: through,
  readings: () => readings,
});

describe('what layers keep', () => {
  it('is told under its own name, with the names that metrics have for it', async () => {
    const about = { origin: 'https://api.openai.com', model: 'gpt-5', operation: 'responses', kind: 'target' };
    pipeline()
      .use(layer())
      .use(giving({ name: 'circuit_breaker.failure_ratio', value: 0.25, attributes: about }))
      .build();
    expect(await told('holdfast.circuit_breaker.failure_ratio')).toEqual([
      [
        {
          'server.address': 'api.openai.com',
          'server.port': 443,
          'gen_ai.request.model': 'gpt-5',
          'gen_ai.operation.name': 'chat',
          'openai.api.type': 'responses',
          'holdfast.circuit.kind': 'target',
        },
        0.25,
      ],
    ]);
  });

  it('is told in seconds where it is a duration', async () => {
    const reading = { name: 'auth.credential.time_to_expiry', value: 1500, attributes: { credential: 'env:KEY' } };
    pipeline().use(layer()).use(giving(reading)).build();
    expect(await told('holdfast.auth.credential.time_to_expiry')).toEqual([
      [{ 'holdfast.credential.id': 'env:KEY' }, 1.5],
    ]);
  });

  it('is told of each pipeline apart, by its service', async () => {
    const shared = layer();
    const reading = { name: 'rate_limit.queue.size', value: 2, attributes: {} };
    const built = ['a', 'b'].map((service) => pipeline({ service }).use(shared).use(giving(reading)).build());
    const services = (await meter.of('holdfast.rate_limit.queue.size')).map(
      ({ attributes }) => attributes['holdfast.service'],
    );
    expect(services).toEqual(['a', 'b']);
    expect(built).toHaveLength(2);
  });

  it('is the worst where names are folded into one, and of queues the sum', async () => {
    const models = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const readings = models.flatMap((model, index): Reading[] => [
      { name: 'circuit_breaker.failure_ratio', value: index / 100, attributes: { model } },
      { name: 'rate_limit.remaining', value: index, attributes: { model, limit: 'tokens' } },
      { name: 'rate_limit.queue.size', value: 1, attributes: { model } },
    ]);
    pipeline()
      .use(layer())
      .use(giving(...readings))
      .build();
    const folded = async (metric: string) =>
      (await meter.of(metric)).find(({ attributes }) => attributes['gen_ai.request.model'] === '_OTHER')?.value;
    expect(await folded('holdfast.circuit_breaker.failure_ratio')).toBe(0.39);
    expect(await folded('holdfast.rate_limit.remaining')).toBe(32);
    expect(await folded('holdfast.rate_limit.queue.size')).toBe(8);
  });

  it('is left out where no metric has its name or its value is no number', async () => {
    const attributes = { tenant: 'acme', user: 'ada', credential: 'ada@example.com' };
    pipeline()
      .use(layer())
      .use(
        giving(
          { name: 'secret.thing', value: 1, attributes },
          { name: 'budget.utilization', value: Number.NaN, attributes },
          { name: 'auth.credential.time_to_expiry', value: Number.POSITIVE_INFINITY, attributes },
          { name: 'operation.duration', value: 1, attributes },
        ),
      )
      .build();
    expect(await meter.points()).toEqual([]);
  });

  it('is told of the others where one layer throws', async () => {
    const warnings: string[] = [];
    const broken: Middleware = {
      name: 'broken',
      layer: 'budget',
      handle: through,
      readings: () => {
        throw new Error('no');
      },
    };
    pipeline({ warn: (text) => void warnings.push(text) })
      .use(layer())
      .use(broken)
      .use(giving({ name: 'rate_limit.queue.size', value: 3, attributes: {} }))
      .build();
    expect(await told('holdfast.rate_limit.queue.size')).toEqual([[{}, 3]]);
    expect(warnings).toEqual(['holdfast default: the readings of broken could not be taken']);
    expect(meter.errors).toEqual([]);
  });

  it('is read no more once the pipeline is closed', async () => {
    let reads = 0;
    const counted: Middleware = {
      name: 'counted',
      layer: 'breaker',
      handle: through,
      readings: () => ((reads += 1), []),
    };
    const resilient = pipeline().use(layer()).use(counted).build();
    await meter.points();
    await resilient.close();
    await meter.points();
    expect(reads).toBe(1);
  });
});

describe('layers that are still to come', () => {
  it('show what a budget spent and refused', async () => {
    const budget: Middleware = {
      name: 'budget',
      layer: 'budget',
      handle: (call) => Promise.resolve(refuse(call, { layer: 'budget', code: 'budget_exceeded', message: 'spent' })),
      readings: () => [{ name: 'budget.utilization', value: 1.25, attributes: { budget: 'team a' } }],
    };
    await (await fetchOf(cannedFetch(answer), [layer(), budget])()).text();
    expect(await told('holdfast.budget.rejections')).toEqual([[{ 'holdfast.refusal.code': 'budget_exceeded' }, 1]]);
    expect(await told('holdfast.budget.utilization')).toEqual([[{ 'holdfast.budget.name': 'team a' }, 1.25]]);
  });

  it('show calls that were joined, and no text in place of a word', async () => {
    const actions = ['joined', 'led', 'joined', 'the prompt of Ada'];
    const coalesce: Middleware = {
      name: 'coalesce',
      layer: 'coalesce',
      handle(call, next) {
        call.journey.decision('coalesce', actions.shift() ?? 'led', 'the same is under way');
        return next(call);
      },
    };
    const send = fetchOf(cannedFetch(answer), [layer(), coalesce]);
    for (const _ of [1, 2, 3, 4]) await (await send()).text();
    expect(await told('holdfast.coalesce.requests')).toEqual([
      [{ 'holdfast.result': 'joined' }, 2],
      [{ 'holdfast.result': 'led' }, 1],
      [{ 'holdfast.result': '_OTHER' }, 1],
    ]);
  });

  it('show what an audit log wrote', async () => {
    const audit: Middleware = {
      name: 'audit',
      layer: 'audit',
      async handle(call, next) {
        announce(call.context, 'audit.onRecord', undefined, { result: 'written', class: 'call', line: question });
        return next(call);
      },
    };
    await (await fetchOf(cannedFetch(answer), [layer(), audit])()).text();
    expect(await told('holdfast.audit.records')).toEqual([
      [{ 'holdfast.result': 'written', 'holdfast.audit.class': 'call' }, 1],
    ]);
  });
});

describe('what layers tell', () => {
  const telling = (name: string, detail: object): Middleware => ({
    name: 'teller',
    layer: 'breaker',
    handle(call, next) {
      announce(call.context, name, undefined, detail);
      return next(call);
    },
  });

  it('is a transition of a circuit, without whose credential it is', async () => {
    const key = 'https://api.openai.com credential:client-1x2y3z';
    const teller = telling('breaker.onStateChange', { key, from: 'closed', to: 'open', because: 'words' });
    await (await fetchOf(cannedFetch(answer), [layer(), teller])()).text();
    expect(await told('holdfast.circuit_breaker.transitions')).toEqual([
      [
        {
          'holdfast.circuit.kind': 'credential',
          'holdfast.circuit.from': 'closed',
          'holdfast.circuit.state': 'open',
          'server.address': 'api.openai.com',
          'server.port': 443,
        },
        1,
      ],
    ]);
  });

  it('is a refresh and how long it took', async () => {
    const detail = {
      credential: 'tenant:acme:key',
      trigger: 'ending',
      result: 'failed',
      reason: 'no',
      durationMs: 250,
    };
    await (await fetchOf(cannedFetch(answer), [layer(), telling('auth.onRefresh', detail)])()).text();
    expect(await told('holdfast.auth.refreshes')).toEqual([
      [{ 'holdfast.result': 'failed', 'holdfast.auth.trigger': 'ending' }, 1],
    ]);
    expect(await told('holdfast.auth.refresh.duration')).toEqual([[{ 'holdfast.result': 'failed' }, 0.25]]);
  });

  it('is not counted where it stands in the journey of the call as well', async () => {
    const retrier = telling('retry.onRetry', { attempt: 1, delayMs: 5 });
    await (await fetchOf(cannedFetch(answer), [layer(), retrier])()).text();
    const names = (await meter.points()).map(({ metric }) => metric);
    expect(names.filter((name) => name.includes('retry'))).toEqual([]);
  });
});
