import type { Middleware } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, failure, fetchOf, question, retrying, url } from '../../test/bench.ts';
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
describe('what a journey tells', () => {
  const writing = (write: (call: Parameters<Middleware['handle']>[0]) => void): Middleware => ({
    name: 'writer',
    layer: 'fallback',
    handle(call, next) {
      write(call);
      return next(call);
    },
  });

  it('are retries by what went wrong before them, and how long they were waited for', async () => {
    const waits: Middleware = {
      name: 'retry',
      layer: 'retry',
      async handle(call, next) {
        await (await next(call)).text();
        call.journey.wait('retry', 2000, 'overloaded');
        return next(call.with({ attempt: 2 }));
      },
    };
    await (await fetchOf(cannedFetch(failure(503), answer), [layer(), waits])()).text();
    expect(await told('holdfast.retry.attempts')).toEqual([[{ 'error.type': '503' }, 1]]);
    expect(await told('holdfast.retry.delay')).toEqual([[{}, 2]]);
    expect(await told('holdfast.retry.calls')).toEqual([[{ 'holdfast.result': 'ok' }, 1]]);
  });

  it('are retries that were not made, and why', async () => {
    const reasons = [
      'overloaded after 3 attempt(s)',
      'rate_limited after 1 of 1 retries of that kind',
      'overloaded, and the retry budget of all endpoints is spent: 5 retries',
      'a wait of 900 ms does not fit into the 3 ms left',
      'the server asked for 90000 ms, more than maxServerWaitMs 60000',
      'timeout, and the request may have been processed: sent again it may be done or billed twice',
      'network, and a streamed body cannot be sent twice',
      'overloaded; who is further out retries already (x-stainless-retry-count 1)',
      'for reasons of its own',
    ];
    const writer = writing(({ journey }) => {
      for (const reason of reasons) journey.decision('retry', 'give_up', reason);
    });
    await (await fetchOf(cannedFetch(answer), [layer(), writer])()).text();
    const counts = (await told('holdfast.retry.suppressed')).map(([attributes, value]) => [
      Object.values(attributes as object)[0],
      value,
    ]);
    expect(counts).toEqual([
      ['exhausted', 2],
      ['budget', 1],
      ['deadline', 1],
      ['server_wait', 1],
      ['unsafe', 2],
      ['nested', 1],
      ['other', 1],
    ]);
  });

  it('are steps down a ladder by what went wrong before, also where nobody was asked', async () => {
    const writer = writing(({ journey }) => {
      journey.refusal('breaker', 'circuit_open', 'words');
      journey.decision('fallback', 'skip gpt-4', 'gpt-5: circuit_open; words');
      journey.decision('fallback', 'model gpt-5-mini at azure', 'gpt-5: circuit_open');
      journey.decision('fallback', 'fit', 'words');
    });
    await (await fetchOf(cannedFetch(answer), [layer(), writer])()).text();
    expect(await told('holdfast.fallback.activations')).toEqual([
      [
        {
          'gen_ai.request.model': 'gpt-5',
          'holdfast.fallback.to': 'gpt-5-mini at azure',
          'error.type': 'circuit_open',
        },
        1,
      ],
    ]);
  });

  it('are waits for room, and calls that circuits let through', async () => {
    const writer = writing(({ journey }) => {
      journey.wait('rateLimit', 1500, 'room for https://api.openai.com gpt-5');
      journey.decision('breaker', 'probe', 'words');
    });
    const circuits: Middleware = { name: 'breaker', layer: 'breaker', handle: through };
    const send = fetchOf(cannedFetch(failure(503), answer), [layer(), writer, retrying(), circuits]);
    await (await send({ body: JSON.stringify(question) }, url)).text();
    expect(await told('holdfast.rate_limit.wait.duration')).toEqual([[{}, 1.5]]);
    expect(await told('holdfast.circuit_breaker.calls')).toEqual([
      [{ 'holdfast.result': 'probe' }, 1],
      [{ 'holdfast.result': 'permitted' }, 1],
    ]);
  });
});
