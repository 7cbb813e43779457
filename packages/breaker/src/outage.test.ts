import {
  conclude,
  journeyOf,
  pipeline,
  recovering,
  refusalOf,
  type CircuitState,
  type Fetch,
  type Middleware,
} from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { origin, setUp } from '../test/service.ts';
import { breaker, circuitEngine } from './index.ts';

/** The plainest ladder: whoever asks for the first model gets the second where that one fails. */
const ladder: Middleware = {
  name: 'ladder',
  layer: 'fallback',
  handle: (call, next) =>
    recovering(call, next, (failed) => {
      const body = call.body.model === 'gpt-5' ? call.body.withModel('gpt-5-mini') : undefined;
      return body === undefined ? Promise.resolve(conclude(failed)) : next(call.with({ body }));
    }),
};

/** A service over an upstream that says `answer`, with a ladder or without. */
function service(
  answer: (model: string, nowMs: number, body: string) => Response | Error,
  layers = [ladder],
  random = () => 0,
) {
  const sent: { atMs: number; model: string }[] = [];
  const clock = new ManualClock();
  const layer = breaker();
  const fetch: Fetch = async (_url, init) => {
    const body = init?.body as string;
    const { model } = JSON.parse(body) as { model: string };
    sent.push({ atMs: clock.monotonic(), model });
    const result = answer(model, clock.monotonic(), body);
    if (result instanceof Error) throw result;
    return result;
  };
  const builder = pipeline({ clock, fetch, random });
  for (const outer of layers) builder.use(outer);
  const resilient = builder.use(layer).build();
  return {
    sent,
    clock,
    layer,
    /** Asks and reads the answer; `undefined` if the connection broke. */
    async ask(text: string, model = 'gpt-5'): Promise<Response | undefined> {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: text }] });
      try {
        const response = await resilient.fetch(`${origin}/v1/chat/completions`, { method: 'POST', body });
        await response.text();
        return response;
      } catch {
        return undefined;
      }
    },
  };
}

describe('an outage of 60 s at 20 calls a second', () => {
  it.each([
    ['each call asks something else', (call: number) => `question ${call}`],
    ['every call asks the same', () => 'the same question'],
  ])('is answered by the fallback, costs a probe per interval and is over within 30 s (%s)', async (_name, textOf) => {
    const isDown = (nowMs: number) => nowMs >= 10_000 && nowMs < 70_000;
    const day = service((model, nowMs) => (model === 'gpt-5' && isDown(nowMs) ? errorAnswer(500) : jsonAnswer()));
    let unanswered = 0;
    for (let call = 0; call < 20 * 130; call++) {
      if ((await day.ask(textOf(call)))?.ok !== true) unanswered++;
      await day.clock.advance(50);
    }
    expect(unanswered).toBe(0);
    const toDead = day.sent.filter(({ model, atMs }) => model === 'gpt-5' && isDown(atMs)).map(({ atMs }) => atMs);
    // Five tell that it is down; then probes, each at the end of its interval.
    expect(toDead.map((atMs) => Math.round(atMs / 1000))).toEqual([10, 10, 10, 10, 10, 15, 25, 45]);
    const shareAt = (fromMs: number): number => {
      const second = day.sent.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 1000);
      return second.filter(({ model }) => model === 'gpt-5').length / second.length;
    };
    const shares = Array.from({ length: 60 }, (_, second) => shareAt(70_000 + 1000 * second));
    expect(shares.findIndex((share) => share >= 0.95)).toBeLessThan(30);
    const ramp = shares.slice(15, 26);
    ramp.slice(1).forEach((share, index) => expect(share - (ramp[index] as number)).toBeLessThanOrEqual(0.2));
    expect(shares.slice(30)).toEqual(Array.from({ length: 30 }, () => 1));
  });

  it.each([0.3, 0.999])('is over within 30 s whatever chance does to the open times (%d)', async (chance) => {
    const isDown = (nowMs: number) => nowMs < 60_000;
    const day = service(
      (model, nowMs) => (model === 'gpt-5' && isDown(nowMs) ? errorAnswer(500) : jsonAnswer()),
      [ladder],
      () => chance,
    );
    for (let call = 0; call < 20 * 95; call++) {
      expect((await day.ask(`question ${call}`))?.ok).toBe(true);
      await day.clock.advance(50);
    }
    const late = day.sent.filter(({ atMs }) => atMs >= 90_000);
    expect(late.filter(({ model }) => model === 'gpt-5').length / late.length).toBeGreaterThanOrEqual(0.95);
  });

  it('that no fallback covers still reaches upstream only for five calls and a probe per interval', async () => {
    const day = service(() => errorAnswer(500), []);
    let refused = 0;
    for (let call = 0; call < 20 * 60; call++) {
      const response = await day.ask(`question ${call}`);
      if (response !== undefined && refusalOf(response)?.code === 'circuit_open') refused++;
      await day.clock.advance(50);
    }
    expect(day.sent).toHaveLength(5 + 3);
    expect(refused).toBe(1200 - day.sent.length);
  });
});

describe('a poison body among 500 healthy calls', () => {
  it.each(['answered with 500', 'met with a broken connection'])(
    'that is %s everywhere opens nothing',
    async (manner) => {
      const states = new Set<CircuitState>();
      const day = service((_model, _nowMs, body) => {
        if (!body.includes('poison')) return jsonAnswer();
        return manner === 'answered with 500' ? errorAnswer(500) : new TypeError('fetch failed');
      });
      for (let call = 0; call < 500; call++) {
        expect((await day.ask(`question ${call}`))?.ok).toBe(true);
        // Again and again, as queues do, with attempts in a row as retries make them.
        for (let attempt = 0; call % 10 === 5 && attempt < 6; attempt++)
          expect((await day.ask('poison'))?.ok).not.toBe(true);
        for (const state of day.layer.status().values()) states.add(state);
        await day.clock.advance(50);
      }
      expect([...states]).toEqual(['closed']);
    },
  );
});

describe('connections that fail', () => {
  const refusedConnection = () => Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });

  it('close an endpoint for every model at once, and open it again for all', async () => {
    let isDark = true;
    const day = service(() => (isDark ? refusedConnection() : jsonAnswer()), []);
    for (let call = 0; call < 5; call++) await day.ask('a', call % 2 === 0 ? 'gpt-5' : 'gpt-5-mini');
    expect(day.layer.status().get('https://api.openai.com *')).toBe('open');
    const response = await day.ask('b', 'gpt-5-mini');
    expect(refusalOf(response)?.message).toBe(
      'The circuit of all calls at api.openai.com is open: 5 calls in a row failed. The next probe goes in 5 s.',
    );
    expect(day.layer.status().get('https://api.openai.com gpt-5-mini chat')).toBe('closed');
    expect(day.sent).toHaveLength(5);
    isDark = false;
    await day.clock.advance(5000);
    const probe = await day.ask('c', 'gpt-5-mini');
    expect(journeyOf(probe)?.entries[0]).toMatchObject({ action: 'probe' });
    expect([...day.layer.status().values()]).not.toContain('open');
  });

  it('are not answers of one model that say that it is down', async () => {
    const day = service((model) => (model === 'gpt-5' ? errorAnswer(503) : jsonAnswer()));
    for (let call = 0; call < 40; call++) expect((await day.ask(`q${call}`))?.ok).toBe(true);
    expect(day.layer.status().get('https://api.openai.com *')).toBe('closed');
  });

  it('are not silence: a model that keeps callers waiting does not close its neighbours', async () => {
    const timeout = Object.assign(new Error('late'), { code: 'UND_ERR_HEADERS_TIMEOUT' });
    const day = service((model) => (model === 'gpt-5' ? timeout : jsonAnswer()), []);
    for (let call = 0; call < 10; call++) await day.ask(`q${call}`, 'gpt-5');
    expect(Object.fromEntries(day.layer.status())).toMatchObject({
      'https://api.openai.com gpt-5 chat': 'open',
      'https://api.openai.com *': 'closed',
    });
    expect((await day.ask('q', 'gpt-5-mini'))?.ok).toBe(true);
  });

  it('give back the probe of one circuit when the other refuses', async () => {
    const engine = circuitEngine();
    const { call } = setUp(async () => jsonAnswer(), { engine });
    engine.isolate('https://api.openai.com *', 'endpoint');
    for (let index = 0; index < 3; index++) expect((await call()).status).toBe(503);
    engine.reset('https://api.openai.com *');
    expect((await call()).status).toBe(200);
  });
});
