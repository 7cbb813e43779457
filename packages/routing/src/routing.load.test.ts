import { errorAnswer, ManualClock } from '@holdfast/testkit';
import { journeyOf, pipeline, refuse } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traffic, type Host } from '../test/traffic.ts';
import { routing } from './index.ts';

const b = { name: 'b', baseURL: 'https://b.test/v1', apiKey: 'sk-test-b' };
const c = { name: 'c', baseURL: 'https://c.test/v1', apiKey: 'sk-test-c' };
const alike = (): Record<'own.test' | 'b.test' | 'c.test', Host> => ({
  'own.test': { latencyMs: 200 },
  'b.test': { latencyMs: 200 },
  'c.test': { latencyMs: 200 },
});

describe('routing under load', () => {
  it.each([20, 100, 500])(
    'one of three gets ten times slower: its share falls below 10 %% at a call each %i ms',
    async (everyMs) => {
      const hosts = alike();
      const { run, share, asked } = traffic(routing({ endpoints: [b, c] }), hosts);
      await run(300, everyMs);
      expect(share('b.test')).toBeCloseTo(1 / 3, 1);
      hosts['b.test'].latencyMs = 2000;
      const from = asked.length;
      await run(1000, everyMs);
      expect(share('b.test', from)).toBeLessThan(0.1);
      expect(share('c.test', from)).toBeCloseTo(share('own.test', from), 1);
    },
  );

  it('comes back to one that has become fast again', async () => {
    const hosts = alike();
    const { run, share, asked } = traffic(routing({ endpoints: [b, c] }), hosts);
    hosts['b.test'].latencyMs = 2000;
    await run(300, 100);
    hosts['b.test'].latencyMs = 200;
    await run(600, 100);
    const from = asked.length;
    await run(300, 100);
    expect(share('b.test', from)).toBeGreaterThan(0.25);
  });

  it('spreads calls by the capacity of each where many are under way at once', async () => {
    const layer = routing({ endpoints: [{ ...b, weight: 2 }], own: { weight: 1 } });
    const { run, share, asked } = traffic(layer, alike());
    await run(100, 10);
    const from = asked.length;
    await run(1000, 10);
    expect(share('b.test', from)).toBeCloseTo(2 / 3, 1);
  });

  it('a thousand calls in one moment: none gets lost, none counts twice, and no endpoint takes them all', async () => {
    const layer = routing({ endpoints: [b, c] });
    const { clock, call, share } = traffic(layer, alike());
    const calls = Array.from({ length: 1000 }, () => call());
    await clock.advance(100);
    const during = Object.values(layer.stats()).map(({ inFlight }) => inFlight);
    expect(during.reduce((sum, count) => sum + count, 0)).toBe(1000);
    await clock.advance(1000);
    for (const one of calls) await (await one).text();
    for (const host of ['own.test', 'b.test', 'c.test']) expect(share(host)).toBeCloseTo(1 / 3, 1);
    expect(Object.values(layer.stats()).map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });

  it('counts calls under way right, however they end', async () => {
    const ending = fc.constantFrom('read', 'fail', 'abort', 'limited');
    await fc.assert(
      fc.asyncProperty(fc.array(ending, { minLength: 1, maxLength: 30 }), async (endings) => {
        const hosts = alike();
        const layer = routing({ endpoints: [b, c] });
        const { clock, call } = traffic(layer, hosts);
        for (const how of endings) {
          const { signal, abort } = abortable();
          for (const host of Object.values(hosts)) {
            host.isDown = how === 'fail';
            delete host.error;
            if (how === 'limited') host.error = () => errorAnswer(429, { code: 'rate_limit_exceeded' });
          }
          const pending = call({ signal }).then((response) => response.text());
          pending.catch(() => undefined);
          await clock.advance(50);
          if (how === 'abort') abort();
          await clock.advance(2000);
          await pending.catch(() => undefined);
        }
        for (const { inFlight } of Object.values(layer.stats())) expect(inFlight).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('prefers those that have headroom, by their headers and by maxInFlight', async () => {
    const hosts = alike();
    hosts['b.test'].headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-reset-requests': '100m0s',
    };
    const { run, asked, share } = traffic(routing({ endpoints: [b, c] }), hosts);
    await run(20, 1000);
    const from = asked.length;
    await run(100, 100);
    expect(share('b.test', from)).toBe(0);
    const full = traffic(routing({ endpoints: [{ ...b, maxInFlight: 3 }], own: { maxInFlight: 3 } }), alike());
    await full.run(40, 40);
    expect(full.most()).toBe(3);
  });

  it('keeps apart what models are like, and forgets the oldest of very many', async () => {
    const layer = routing({ endpoints: [b] });
    const { clock, call } = traffic(layer, alike());
    for (let index = 0; index < 250; index++) {
      const pending = call({ body: `{"model":"m${index}"}` });
      await clock.advance(200);
      await (await pending).text();
    }
    const { own, b: other } = layer.stats();
    expect(own?.models.length).toBeLessThanOrEqual(200);
    expect((own?.models.length ?? 0) + (other?.models.length ?? 0)).toBeGreaterThan(200);
  });
});

describe('an endpoint that cannot take a call', () => {
  it.each([
    ['a spent limit', () => errorAnswer(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '7' })],
    ['a spent quota', () => errorAnswer(429, { code: 'insufficient_quota' })],
    ['a dead key', () => errorAnswer(401, { code: 'invalid_api_key' })],
    ['a model that it does not have', () => errorAnswer(404, { code: 'model_not_found' })],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'https://third.test/' } })],
  ])('gives way to another within the same attempt, and rests: %s', async (_name, error) => {
    const hosts = alike();
    hosts['own.test'].error = error;
    const { run, asked } = traffic(routing({ endpoints: [b] }), hosts);
    expect(await run(6, 1000)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(asked.filter((host) => host === 'own.test').length).toBeLessThan(3);
    expect(asked.filter((host) => host === 'b.test').length).toBe(6);
  });

  it('does not move on for what the request is to blame for, nor for work that was begun', async () => {
    for (const status of [400, 500, 503]) {
      const hosts = alike();
      for (const host of Object.values(hosts)) host.error = () => errorAnswer(status);
      const { run, asked } = traffic(routing({ endpoints: [b, c] }), hosts);
      expect(await run(1, 1000)).toEqual([status]);
      expect(asked).toHaveLength(1);
    }
  });

  it('goes round an open circuit at once, and gives back the failure that can be retried soonest where all refuse', async () => {
    const refusing = new Set(['own.test']);
    const clock = new ManualClock();
    const { fetch } = pipeline({
      clock,
      random: () => 0,
      fetch: async () => errorAnswer(429, { code: 'rate_limit_exceeded' }),
    })
      .use(routing({ endpoints: [b] }))
      .use({
        name: 'circuits',
        layer: 'breaker',
        handle: async (call, next) =>
          refusing.has(call.route.host)
            ? refuse(call, { layer: 'circuits', code: 'circuit_open', message: 'It is open.', retryAfterMs: 9000 })
            : next(call),
      })
      .build();
    const response = await fetch('https://own.test/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-5"}' });
    expect(response.status).toBe(429);
    const actions = journeyOf(response)?.entries.map((entry) =>
      entry.type === 'decision' ? entry.action : entry.type,
    );
    expect(actions).toEqual(['own', 'refusal', 'b', 'attempt']);
  });

  it('is skipped while its key cannot be had, and what the function said is not repeated', async () => {
    const apiKey = () => Promise.reject(new RangeError('vault said sk-test-b'));
    const { run, asked } = traffic(routing({ endpoints: [{ ...b, apiKey }] }), alike());
    expect(await run(5, 300)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(asked)).toEqual(new Set(['own.test']));
    const alone = traffic(routing({ endpoints: [{ ...b, apiKey }], own: false }), alike());
    const response = await alone.call();
    expect(response.status).toBe(401);
    const story = (await response.text()) + JSON.stringify(journeyOf(response));
    expect(story).toContain('its key could not be had (RangeError)');
    expect(story).not.toContain('sk-test');
  });

  it('does not hold a caller who aborts while its key is asked for', async () => {
    const apiKey = () => new Promise<string>(() => undefined);
    const { call } = traffic(routing({ endpoints: [{ ...b, apiKey }], own: false }), alike());
    const { signal, abort } = abortable();
    const pending = call({ signal });
    abort();
    await expect(pending).rejects.toBe(signal.reason);
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('gone')) };
}
