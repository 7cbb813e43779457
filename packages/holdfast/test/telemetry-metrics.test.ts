import { faults, ManualClock, startUpstream } from '@holdfast/testkit';
import {
  announce,
  auth,
  breaker,
  fallback,
  metricAttributes,
  metricCatalogue,
  pipeline,
  rateLimit,
  refuse,
  retry,
  telemetry,
  timeout,
  transport,
  type CredentialSource,
  type MetricAttribute,
  type Middleware,
} from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { startMeter, type MetricPoint } from './metric-points.ts';

const model = 'gpt-5';
const ask = { model, messages: [{ role: 'user' as const, content: 'Will it hold?' }] };
const rows = new Map(Object.values(metricCatalogue).map((row) => [row.name, row]));

/** Layers that do not exist yet, as far as metrics know them. */
const budget = (): Middleware => ({
  name: 'budget',
  layer: 'budget',
  handle(call, next) {
    const isSpent = call.body.model === 'too-dear';
    return isSpent
      ? Promise.resolve(refuse(call, { layer: 'budget', code: 'budget_exceeded', message: 'spent' }))
      : next(call);
  },
  readings: () => [{ name: 'budget.utilization', value: 0.5, attributes: { budget: 'team' } }],
});
const audit = (): Middleware => ({
  name: 'audit',
  layer: 'audit',
  handle(call, next) {
    announce(call.context, 'audit.onRecord', undefined, { result: 'written', class: 'call' });
    return next(call);
  },
});
const coalesce = (): Middleware => ({
  name: 'coalesce',
  layer: 'coalesce',
  handle(call, next) {
    call.journey.decision('coalesce', 'led', 'nobody else asks the same');
    return next(call);
  },
});

/** Tokens that end soon, and of which any can be revoked. */
function tokens(clock: ManualClock): CredentialSource {
  let count = 0;
  return {
    id: 'tokens',
    kind: 'token',
    read: () => ({ value: `token-${++count}-of-ours`, expiresAtMs: clock.now() + 3_600_000 }),
  };
}

async function service() {
  const clock = new ManualClock();
  const meter = startMeter();
  const upstream = await startUpstream({
    clock,
    limits: { [model]: { requestsPerMinute: 600, tokensPerMinute: 60_000 } },
    models: { [model]: { reasoningTokens: 7 }, 'gpt-5-mini': {}, 'text-embedding-3-small': {} },
  });
  const costOf = () => 0.01;
  const limits = rateLimit({ maxWaitMs: 10_000 });
  const resilient = pipeline({ service: 'busy', clock, random: () => 0.5 })
    .use(telemetry({ meterProvider: meter.provider, semconv: 'both', costOf }))
    .use(audit())
    .use(budget())
    .use(coalesce())
    .use(fallback({ models: { [model]: ['gpt-5-mini'] } }))
    .use(retry({ maxRetries: 1 }))
    .use(limits)
    .use(breaker())
    .use(timeout({ attemptMs: 30_000 }))
    .use(auth({ credentials: tokens(clock) }))
    .use(transport())
    .build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL, timeout: 600_000 }));
  const chat = (params: object = {}): Promise<unknown> =>
    clock.runUntil(
      client.chat.completions.create({ ...ask, ...params } as typeof ask).catch((error: unknown) => error),
    );
  const close = async (): Promise<void> => {
    await resilient.close();
    await upstream.close();
    await meter.stop();
  };
  return { clock, meter, upstream, limits, client, chat, [Symbol.asyncDispose]: close };
}

type Service = Awaited<ReturnType<typeof service>>;

/** Everything that can happen to a call, once. */
async function bad({ clock, upstream, limits, client, chat }: Service): Promise<void> {
  await chat();
  const read = async (): Promise<void> => {
    const stream = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
  };
  await clock.runUntil(read());
  await clock.runUntil(client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' }));
  upstream.script({ match: { model }, times: 1, fault: faults.overloaded() });
  await chat();
  upstream.script({ match: { model }, fault: faults.overloaded() });
  for (let call = 0; call < 4; call++) await chat();
  upstream.clearScript();
  // A freeze that can be waited for, and one that cannot.
  for (const retryAfterMs of [5000, 20_000]) {
    upstream.script({ match: { model: 'gpt-5-mini' }, times: 1, fault: faults.rateLimit({ retryAfterMs }) });
    const limited = client.chat.completions.create({ ...ask, model: 'gpt-5-mini' });
    const isFrozen = (): boolean => (limits.stats()[`${upstream.url} gpt-5-mini`]?.frozenMs ?? 0) > 0;
    while (!isFrozen()) await new Promise((resolve) => setTimeout(resolve, 1));
    const next = client.chat.completions.create({ ...ask, model: 'gpt-5-mini' });
    await clock.runUntil(Promise.allSettled([limited, next]));
  }
  await clock.advance(30_000);
  await chat();
  await chat({ model: 'too-dear' });
  upstream.revokeKey('token-1-of-ours');
  await chat({ model: 'gpt-5-mini' });
}

const namesOf = (attributes: readonly MetricAttribute[]): string[] =>
  attributes.map((name) => metricAttributes[name].name);

function unlisted({ metric, unit, attributes }: MetricPoint): string[] {
  const row = rows.get(metric);
  if (row === undefined) return [metric];
  const listed = namesOf(row.attributes);
  const keys = Object.keys(attributes).filter((key) => !listed.includes(key));
  return [...(row.unit === unit ? [] : [`${metric} in ${unit}`]), ...keys.map((key) => `${metric} by ${key}`)];
}

describe('the metrics of a busy pipeline', () => {
  it('are those of the catalogue, each of them and no others, by its attributes and in its unit', async () => {
    await using busy = await service();
    await bad(busy);
    const points = await busy.meter.points();
    expect(points.flatMap(unlisted)).toEqual([]);
    const reported = new Set(points.map(({ metric }) => metric));
    const cached = 'gen_ai.client.inference.usage.cache_read.input_tokens';
    expect([...rows.keys()].filter((name) => !reported.has(name))).toEqual([cached]);
  });

  it('tell what happened, in numbers that agree with each other', async () => {
    await using busy = await service();
    await bad(busy);
    const points = await busy.meter.points();
    const of = (metric: string, wanted: Record<string, unknown> = {}): number =>
      points
        .filter((point) => point.metric === metric)
        .filter(({ attributes }) => Object.entries(wanted).every(([key, value]) => attributes[key] === value))
        .reduce((sum, { value }) => sum + value, 0);
    const sent = busy.upstream.log.length;
    expect(of('holdfast.attempt.duration')).toBe(sent);
    expect(of('holdfast.attempt.duration', { 'holdfast.attempt.kind': 'auth_refresh' })).toBe(1);
    expect(of('holdfast.attempt.duration', { 'holdfast.attempt.kind': 'retry' })).toBe(of('holdfast.retry.attempts'));
    expect(of('holdfast.retry.attempts', { 'error.type': '503' })).toBe(3);
    expect(of('holdfast.retry.attempts', { 'error.type': '429' })).toBe(2);
    expect(of('holdfast.active_operations')).toBe(0);
    const through = ['permitted', 'probe'].reduce(
      (sum, result) => sum + of('holdfast.circuit_breaker.calls', { 'holdfast.result': result }),
      0,
    );
    expect(through).toBe(sent - 1);
    expect(
      of('holdfast.circuit_breaker.transitions', { 'holdfast.circuit.state': 'open', 'gen_ai.request.model': model }),
    ).toBe(1);
    expect(of('holdfast.circuit_breaker.calls', { 'holdfast.result': 'refused' })).toBeGreaterThan(0);
    expect(
      of('holdfast.fallback.activations', { 'holdfast.fallback.to': 'gpt-5-mini', 'gen_ai.request.model': model }),
    ).toBeGreaterThan(0);
    expect(of('holdfast.fallback.activations', { 'error.type': 'circuit_open' })).toBeGreaterThan(0);
    expect(of('holdfast.rate_limit.wait.duration')).toBeGreaterThan(0);
    expect(of('holdfast.rate_limit.rejections', { 'holdfast.refusal.code': 'rate_limited_local' })).toBeGreaterThan(0);
    expect(of('holdfast.stream.completions', { 'holdfast.result': 'done' })).toBe(1);
    expect(of('holdfast.auth.refreshes', { 'holdfast.result': 'renewed', 'holdfast.auth.trigger': 'rejected' })).toBe(
      1,
    );
    const durations = of('gen_ai.client.operation.duration');
    expect(durations).toBe(of('gen_ai.client.inference.duration') + of('gen_ai.client.embeddings.duration'));
    expect(durations).toBe(of('holdfast.audit.records'));
    const states = points.filter(({ metric }) => metric === 'holdfast.circuit_breaker.status');
    const standing = states.filter(
      ({ attributes, value }) => value === 1 && attributes['gen_ai.request.model'] === model,
    );
    expect(standing).toHaveLength(1);
    expect(states.filter(({ attributes }) => attributes['gen_ai.request.model'] === model)).toHaveLength(4);
  });
});
