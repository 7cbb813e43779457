import { hints, type Middleware } from '@holdfast/core';
import { cannedAnswer, errorAnswer, jsonAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fetchOf, retrying } from '../../test/bench.ts';
import { startMeter, unlisted } from '../../test/meter.ts';
import { telemetry } from '../index.ts';

const secret = 'sk-proj-0123456789abcdefghij';
const calls = 5000;

/** A layer with a circuit and a limit for whatever model comes, and events about it. */
const chatty = (models: readonly string[]): Middleware => ({
  name: 'breaker',
  layer: 'breaker',
  handle: (call, next) => next(call),
  *readings() {
    for (const model of models)
      for (const state of ['closed', 'open', 'half_open', 'isolated'])
        yield {
          name: 'circuit_breaker.status',
          value: 1,
          attributes: {
            origin: `https://${model.length}.example`,
            model,
            operation: 'chat',
            kind: 'target',
            state,
            tenant: 'acme',
            user: model,
          },
        };
  },
});

describe('5000 calls with random models, users, ids and messages', () => {
  it('give at most 40 models, no instrument over 2000 sets, and nothing that is not listed', async () => {
    const meter = startMeter();
    const random = fc.sample(
      fc.record({ model: fc.uuid(), user: fc.emailAddress(), text: fc.string({ minLength: 12, maxLength: 24 }) }),
      {
        numRuns: calls,
        seed: 7,
      },
    );
    const events: ((event: { name: string; service: string; detail: object }) => void)[] = [];
    const layer = telemetry({ meterProvider: meter.provider, semconv: 'both', costOf: () => 0.001 });
    if (layer.onEvent !== undefined) events.push((event) => layer.onEvent?.(event));
    let count = 0;
    const upstream = async (): Promise<Response> => {
      const index = count++;
      const { model, text } = random[index % calls] as (typeof random)[number];
      const id = `chatcmpl-${model}`;
      if (index % 3 === 0)
        return errorAnswer(400 + (index % 190), { message: `${text} ${secret}`, code: text, type: model });
      return jsonAnswer({ ...cannedAnswer, id, model: `${model}-answered` }, { headers: { 'x-request-id': id } });
    };
    const send = fetchOf(upstream, [layer, retrying(), chatty(random.map(({ model }) => model))]);
    for (const { model, user, text } of random) {
      const body = JSON.stringify({ model, user, messages: [{ role: 'user', content: text }], metadata: { text } });
      const url = `https://h${Number.parseInt(model.slice(0, 2), 16)}.example/v1/chat/completions`;
      const response = await send(
        {
          body,
          headers: { authorization: `Bearer ${secret}` },
          ...hints({ tenant: user }).fetchOptions,
        } as RequestInit,
        url,
      );
      await response.text();
      for (const tell of events)
        tell({
          name: 'breaker.onStateChange',
          service: 'checkout',
          detail: { key: `https://${model}.example ${model} chat`, from: 'closed', to: 'open', because: text },
        });
      for (const tell of events)
        tell({
          name: 'auth.onRefresh',
          service: 'checkout',
          detail: { credential: `tenant:${user}:key`, result: text, trigger: user, durationMs: 3 },
        });
    }
    const points = await meter.points();
    await meter.stop();
    expect(unlisted(points)).toEqual([]);
    const counts = new Map<string, number>();
    for (const { metric } of points) counts.set(metric, (counts.get(metric) ?? 0) + 1);
    for (const [metric, sets] of counts) expect(sets, metric).toBeLessThan(2000);
    const models = new Set(
      points.flatMap(({ attributes: found }) => [found['gen_ai.request.model'], found['gen_ai.response.model']]),
    );
    models.delete(undefined);
    expect(models.size).toBeLessThanOrEqual(40);
    expect(models).toContain('_OTHER');
    const hosts = new Set(points.map(({ attributes: found }) => found['server.address']));
    expect(hosts.size).toBeLessThanOrEqual(34);
    const said = JSON.stringify(points.map(({ attributes: found }) => found));
    for (const { user } of random) expect(said).not.toContain(user);
    for (const { text } of random.slice(0, 500))
      if (/\W/.test(text.trim())) expect(said).not.toContain(JSON.stringify(text).slice(1, -1));
    expect(said).not.toMatch(/sk-proj|chatcmpl|tenant|overflow/);
  });
});
