import { OptionError, pipeline, refuse, type Middleware } from '@holdfast/core';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { explain, explainJson } from './index.ts';

const wait = { type: 'wait', atMs: 0, layer: 'retry', delayMs: 1, reason: 'x' };
const attempt = { type: 'attempt', atMs: 0, number: 1, origin: 'https://a.test', model: 'm', durationMs: 5 };
const line = (more: object, ...entries: object[]): object => ({
  ...{ type: 'call', service: 's', callId: 'a', durationMs: 10, journey: { entries, dropped: 0 } },
  ...more,
});
const journey = (...entries: object[]): object => ({ callId: 'a', service: 's', entries, dropped: 0 });
const usage = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0, reasoningTokens: 0 };

/** Says no to everything, as a layer does. */
const refusing = (code: Parameters<typeof refuse>[1]['code'], message: string): Middleware => ({
  name: 'refusing',
  layer: 'auth',
  handle: async (call) => refuse(call, { layer: 'auth', code, message }),
});

describe('explain', () => {
  it('says so where there is no story', () => {
    for (const source of [undefined, new Response(), new Error('x'), {}, { entries: 'none' }]) {
      expect(explain(source)).toMatch(/^There is no story of this: /);
      expect(explainJson(source)).toBeUndefined();
    }
  });

  it('tells of a refusal from the error that the client makes of it, and what to do', async () => {
    const fetch = cannedFetch(() => jsonAnswer());
    const layer = refusing('credentials_exhausted', 'All keys are out.');
    const client = pipeline({ service: 'shop' })
      .use(layer)
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-x', fetch }));
    const error: unknown = await client.models.list().catch((caught: unknown) => caught);
    const text = explain(error as object, { width: 200 });
    expect(text).toMatch(/^shop \S+ · failed \(credentials_exhausted\) after 0?[\d.]* ms · 0 attempts$/m);
    expect(text).toContain('auth refuses, credentials_exhausted: All keys are out.');
    expect(text).toMatch(/^Next: No credential can be used now\. status\(\) of auth tells/m);
    expect(fetch.calls).toEqual([]);
  });

  it('names the circuit, and when it lets a call through', () => {
    const refusal = (reason: string): object =>
      line(
        { ending: 'failed', fault: { kind: 'circuit_open' }, refusal: 'circuit_open' },
        {
          ...{ type: 'refusal', atMs: 0, layer: 'breaker', code: 'circuit_open', reason },
        },
      );
    const adviceOf = (reason: string): string => explainJson(refusal(reason))?.advice ?? '';
    const circuit = 'The circuit of gpt-5 chat at a.test';
    expect(adviceOf(`${circuit} is open: 5 calls. The next probe goes in 4.8 s.`)).toContain(
      `${circuit} lets the next call through 4.8 s after this one.`,
    );
    expect(adviceOf(`${circuit} was opened by hand and stays so until it is closed by hand.`)).toBe(
      `${circuit} stays open until it is closed by hand.`,
    );
    expect(adviceOf('in other words')).toMatch(/^The upstream failed too often/);
  });

  it('colours where it is told to, by what a line tells', () => {
    const text = explain(
      journey({ ...attempt, status: 200 }, { ...attempt, status: 500, fault: { kind: 'x' } }, wait),
      {
        color: true,
      },
    );
    const tones = [...text.matchAll(/\u001B\[([1-9]\d*)m/g)].map(([, tone]) => tone);
    expect(tones).toEqual(['1', '32', '31', '90']);
  });

  it('counts what lies in the middle of a long story, and what was not kept', () => {
    const entries = Array.from({ length: 200 }, (_, at) =>
      at % 2 === 0 ? { ...wait, atMs: at } : { ...attempt, atMs: at },
    );
    const text = explain({ ...journey(...entries), dropped: 7 });
    expect(text).toContain('80 attempts, 80 waits not shown');
    expect(text).toContain('and 7 more that the journey had no room for');
    expect(text.split('\n')).toHaveLength(43);
  });

  it('cuts a wait short where the call ended in it', () => {
    const cut = line({ ending: 'cancelled' }, { ...wait, atMs: 4, delayMs: 60_000 });
    expect(explainJson(cut)).toMatchObject({ durationMs: 10, waitsMs: { retry: 6 } });
    expect(explain(cut)).toContain('cancelled after 10 ms');
  });

  it('adds up time in attempts, body and waits, and tells cost where it can be told', () => {
    const whole = line({ ending: 'complete', status: 200, usage, model: 'm' }, { ...attempt, status: 200 }, wait);
    const facts = explainJson(whole, { costOf: (model, { outputTokens }) => (model === 'm' ? outputTokens : 0) });
    expect(facts).toMatchObject({ attemptsMs: 5, bodyMs: 5, waitsMs: { retry: 1 }, costUsd: 2, advice: null });
    expect(explain(whole, { costOf: () => 0.000_01 })).toContain('< $0.0001');
    const failing = (): number => {
      throw new Error('no prices');
    };
    for (const costOf of [failing, () => Number.NaN, () => -1, () => undefined])
      expect(explainJson(whole, { costOf })?.costUsd).toBeNull();
  });

  it('draws a wait of rateLimit, which is written down when it is over, where it was', () => {
    const waited = journey({ ...wait, layer: 'rateLimit', atMs: 300, delayMs: 200 }, { ...attempt, atMs: 300 });
    expect(explainJson(waited)?.entries.map(({ atMs }) => atMs)).toEqual([100, 300]);
  });

  it('keeps members apart that have names of Object.prototype', () => {
    const facts = explainJson(journey({ ...wait, layer: '__proto__' }, { ...wait, layer: 'constructor' }))!;
    expect(Object.entries(facts.waitsMs)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(explain(line({ ending: 'failed', fault: { kind: 'constructor' } }))).not.toContain('Next:');
  });

  it('tells of an answer that nobody read', () => {
    expect(explain(line({ ending: 'abandoned' }))).toContain('Next: The answer was never read.');
  });

  it.each([
    [{ width: 10 }, 'explain.width: expected a whole number from 20, got 10'],
    [{ color: 'yes' }, 'explain.color: expected true or false'],
    [{ costOf: 1 }, 'explain.costOf: expected a function'],
    [{ colour: true }, 'explain.colour: expected one of width, color, ascii, costOf'],
  ])('%j is refused', (options, sentence) => {
    expect(() => explain({}, options as never)).toThrow(OptionError);
    expect(() => explain({}, options as never)).toThrow(sentence);
  });
});
