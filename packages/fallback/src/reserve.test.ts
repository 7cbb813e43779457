import { pipeline, type Call, type Middleware } from '@holdfast/core';
import { cannedFetch, errorAnswer, ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { fallback, type FallbackOptions } from './index.ts';

const timedOut = () => errorAnswer(408);

/** Until when each attempt may take, in milliseconds from its start; each takes `tookMs`. */
async function slices(options: FallbackOptions, { deadlineMs, tookMs = 0 }: { deadlineMs?: number; tookMs?: number }) {
  const clock = new ManualClock();
  const seen: (number | undefined)[] = [];
  const watch: Middleware = {
    name: 'watch',
    layer: 'breaker',
    async handle(call: Call, next) {
      seen.push(call.until === undefined ? undefined : call.until - clock.monotonic());
      await clock.advance(tookMs);
      return next(call);
    },
  };
  const { fetch } = pipeline({ clock, fetch: cannedFetch(timedOut) })
    .use(fallback(options))
    .use(watch)
    .build();
  const holdfast = deadlineMs === undefined ? {} : { deadlineMs };
  const init = { method: 'POST', body: '{"model":"gpt-5","messages":[]}', holdfast };
  await fetch('https://api.openai.com/v1/chat/completions', init);
  return seen;
}

const models = { 'gpt-5': ['gpt-5-mini', 'gpt-4.1'] };

describe('the time of a ladder', () => {
  it('keeps a share for the rungs below, and gives the last one all that is left', async () => {
    expect(await slices({ models }, { deadlineMs: 10_000, tookMs: 1000 })).toEqual([7000, 6300, undefined]);
  });

  it('keeps nothing of minutes, which nobody has named as a deadline', async () => {
    expect(await slices({ models }, { deadlineMs: 120_000 })).toEqual([84_000, 84_000, undefined]);
    expect(await slices({ models }, { deadlineMs: 120_001 })).toEqual([undefined, undefined, undefined]);
  });

  it('keeps what is asked for', async () => {
    const options = { models, reserveRatio: 0.5 };
    expect(await slices(options, { deadlineMs: 3000 })).toEqual([1500, 1500, undefined]);
    expect(await slices({ models, reserveRatio: 0 }, { deadlineMs: 3000 })).toEqual([undefined, undefined, undefined]);
  });

  it('keeps nothing that would be too short for an answer', async () => {
    expect(await slices({ models }, { deadlineMs: 1600 })).toEqual([undefined, undefined, undefined]);
  });

  it('keeps nothing where nobody set a deadline', async () => {
    expect(await slices({ models }, {})).toEqual([undefined, undefined, undefined]);
  });

  it('keeps nothing for rungs that are not for calls that hang', async () => {
    const ladder = { 'gpt-5': [{ model: 'gpt-5-mini', when: ['overloaded' as const] }] };
    expect(await slices({ models: ladder }, { deadlineMs: 10_000 })).toEqual([undefined]);
  });

  it.each([[{ reserveRatio: 2 }, 'fallback.reserveRatio: expected a ratio between 0 and 1, got 2']])(
    'refuses %j',
    (options, message) => {
      expect(() => fallback({ models, ...options })).toThrow(message);
    },
  );
});
