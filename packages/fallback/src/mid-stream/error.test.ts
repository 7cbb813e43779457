import { systemClock } from '@holdfast/core';
import { faults } from '@holdfast/testkit';
import { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { firstWords, heard, told, words20, world } from '../../test/stream-bench.ts';
import { partialOf } from './broken-block.ts';

const twenty = { fault: faults.answer({ text: words20 }) };
/** So that an event is on its way alone: what comes in one piece with an error is not committed before it. */
const paced = { fault: faults.latency({ betweenEventsMs: 5 }) };
/** The role is an event of its own. */
const cutAfter = (tokens: number) => ({ fault: faults.cutStream({ afterEvents: tokens + 1 }) });

describe('error', () => {
  it.each([
    ['cut', faults.cutStream({ afterEvents: 9 }), 'stream_interrupted'],
    ['torn', faults.reset({ at: 'body', afterEvents: 9 }), 'stream_interrupted'],
    ['ended by an error of the upstream', faults.inStreamError({ afterEvents: 9 }), 'server_error'],
  ])('a stream that is %s throws, with the eight words so far', async (_how, fault, code) => {
    await using app = await world([twenty, paced, { fault }], {}, { clock: systemClock });
    const { error, text, tokens } = await heard(app.client);
    expect(error).toBeInstanceOf(APIError);
    expect([error?.code, tokens]).toEqual([code, 8]);
    expect(partialOf(error)).toEqual({ text, tokens: 8 });
    expect(text.trim()).toBe(firstWords(8));
    expect(app.upstream.log).toHaveLength(1);
  });

  it('keeps what was said from the journey and the outcome, and settles each once', async () => {
    await using app = await world([twenty, cutAfter(8)]);
    await heard(app.client);
    expect(JSON.stringify(app.seen.journey)).not.toContain('word0');
    expect(app.seen.calls).toMatchObject([{ ending: 'failed', fault: { kind: 'stream_interrupted' } }]);
    expect(app.seen.attempts).toMatchObject([{ ending: 'failed', fault: { kind: 'stream_interrupted' } }]);
  });

  it('a response likewise, whether its error comes as an event of its own or of ours', async () => {
    for (const fault of [faults.cutStream({ afterEvents: 9 }), faults.inStreamError({ afterEvents: 9 })]) {
      await using app = await world([twenty, paced, { fault }], {}, { clock: systemClock });
      const { error, text } = await told(app.client);
      expect(partialOf(error)).toEqual({ text, tokens: 5 });
      expect(text).not.toBe('');
    }
  });

  it('passes response.failed on as it came: it is the end that the response has', async () => {
    const fault = faults.inStreamError({ afterEvents: 9, as: 'response.failed' });
    await using app = await world([twenty, paced, { fault }], {}, { clock: systemClock });
    const { types, error } = await told(app.client);
    expect([types.at(-1), error]).toEqual(['response.failed', undefined]);
    expect(app.seen.calls).toMatchObject([{ ending: 'failed' }]);
  });

  it('is found in errors of the client alone', () => {
    for (const other of [undefined, null, 'x', new Error('x'), { error: null }, { error: { partial: { text: 1 } } }])
      expect(partialOf(other)).toBeUndefined();
  });

  it('passes a whole stream on byte for byte', async () => {
    await using bare = await world([twenty]);
    const { chunks, error, finishes } = await heard(bare.client);
    expect([chunks.length, error, finishes]).toEqual([22, undefined, ['stop']]);
    expect(bare.seen.calls).toMatchObject([{ ok: true }]);
    expect(bare.decisions()).toEqual([]);
  });
});

describe('restart', () => {
  it('gives the twenty words once, after a cut behind the eighth', async () => {
    await using app = await world([twenty, { times: 1, ...cutAfter(8) }], { chat: { policy: 'restart' } });
    const { text, tokens, finishes, ids, error } = await heard(app.client);
    expect([text, tokens, finishes, ids, error]).toEqual([words20, 20, ['stop'], 1, undefined]);
    expect(app.upstream.log).toHaveLength(2);
    expect(app.seen.attempts.map(({ ok }) => ok)).toEqual([false, true]);
    expect(app.seen.calls.map(({ ok }) => ok)).toEqual([true]);
  });

  it('keeps no more back than its buffer, in tokens or bytes, and is an error behind that', async () => {
    for (const buffer of [{ bufferTokens: 4 }, { bufferBytes: 900 }]) {
      await using app = await world([twenty, { times: 1, ...cutAfter(8) }], { chat: { policy: 'restart', ...buffer } });
      const { tokens, error } = await heard(app.client);
      expect(tokens).toBe(8);
      expect(partialOf(error)?.tokens).toBe(8);
      expect(app.upstream.log).toHaveLength(1);
    }
  });

  it('that fails again and again ends with the error of the last, and what it had said', async () => {
    await using app = await world([twenty, cutAfter(8)], { chat: { policy: 'restart' } });
    const { error, tokens } = await heard(app.client);
    expect([error?.code, tokens]).toEqual(['stream_interrupted', 8]);
    expect(partialOf(error)?.tokens).toBe(8);
  });
});

describe('a response that fails after response.created', () => {
  it.each([
    ['cut', faults.cutStream({ afterEvents: 1 })],
    ['an error event', faults.inStreamError({ afterEvents: 1 })],
    ['response.failed', faults.inStreamError({ afterEvents: 2, as: 'response.failed' })],
  ])('by %s is replaced: one response.created, one id, one complete answer', async (_how, fault) => {
    await using app = await world([twenty, { times: 1, fault }]);
    const { types, ids, text, sequence, final } = await told(app.client);
    expect(types.filter((type) => type === 'response.created')).toHaveLength(1);
    expect([ids, text, final?.status]).toEqual([1, words20, 'completed']);
    expect(sequence).toEqual([...sequence.keys()]);
    expect(app.upstream.log).toHaveLength(2);
  });
});

describe('a call to a tool', () => {
  const parameters = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'array' } },
    required: ['city', 'days'],
  };
  const chatTools = {
    tools: [{ type: 'function', function: { name: 'weather', parameters } }],
    tool_choice: 'required',
  };
  const tools = { tools: [{ type: 'function', name: 'weather', parameters, strict: true }], tool_choice: 'required' };

  it.each(['error', 'restart', 'continue'] as const)(
    '%s: nothing half of it is surfaced, and a cut inside its arguments is replaced',
    async (policy) => {
      await using app = await world([{ times: 1, fault: faults.cutStream({ afterEvents: 2 }) }], {
        '*': { policy, bufferTokens: 1 },
      });
      const { calls, error } = await heard(app.client, chatTools);
      expect(error).toBeUndefined();
      const whole = calls.map((call) => call.function?.arguments ?? '').join('');
      expect(JSON.parse(whole)).toHaveProperty('city');
      expect(app.upstream.log).toHaveLength(2);
    },
  );

  it('is an error without any of it where every attempt is cut inside', async () => {
    await using app = await world([{ fault: faults.cutStream({ afterEvents: 2 }) }]);
    const { calls, error } = await heard(app.client, chatTools);
    expect([calls, error?.code]).toEqual([[], 'stream_interrupted']);
    expect(partialOf(error)).toEqual({ text: '', tokens: 0 });
  });

  it('of the Responses API likewise', async () => {
    await using cut = await world([{ fault: faults.cutStream({ afterEvents: 4 }) }]);
    const half = await told(cut.client, tools);
    expect(half.types.filter((type) => /item|argument/.test(type))).toEqual([]);
    expect(partialOf(half.error)).toEqual({ text: '', tokens: 0 });
    await using whole = await world([]);
    const { types, final } = await told(whole.client, tools);
    expect(types).toContain('response.function_call_arguments.delta');
    expect(final?.output[0]).toMatchObject({ type: 'function_call' });
  });
});
