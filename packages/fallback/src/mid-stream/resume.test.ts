import { hints } from '@holdfast/core';
import { faults, type FaultRule } from '@holdfast/testkit';
import fc from 'fast-check';
import { APIError, APIUserAbortError } from 'openai';
import { describe, expect, it } from 'vitest';
import { counted, told, words20, world } from '../../test/stream-bench.ts';
import { partialOf } from './broken-block.ts';

const background = { background: true };
const post = { method: 'POST' };
const get = { method: 'GET' };
/** Forty events from `response.created` to `response.completed`, numbered 0..40. */
const forty: FaultRule = {
  fault: faults.answer({
    text: counted(32)
      .map((n) => `w${n}`)
      .join(' '),
  }),
};
const cut = (match: FaultRule['match'], afterEvents: number): FaultRule => ({
  times: 1,
  ...(match && { match }),
  fault: faults.cutStream({ afterEvents }),
});

describe('resume', () => {
  it('a stream that is cut twice: 0..40 in order, one POST, two resumes, one id, one bill', async () => {
    await using app = await world([forty, cut(post, 12), cut(get, 15)]);
    const { sequence, ids, error, final } = await app.clock.runUntil(told(app.client, background));
    expect(sequence).toEqual(counted(41));
    expect([ids, error, final?.status]).toEqual([1, undefined, 'completed']);
    expect(app.upstream.log.map(({ method, query }) => method + query)).toEqual([
      'POST',
      'GET?stream=true&starting_after=11',
      'GET?stream=true&starting_after=26',
    ]);
    expect(app.decisions()).toEqual(['resume', 'resume']);
    expect(app.seen.calls).toMatchObject([{ ok: true, usage: { outputTokens: 32 } }]);
    expect(app.seen.attempts.map(({ ok, usage }) => [ok, usage?.outputTokens])).toEqual([
      [false, undefined],
      [false, undefined],
      [true, 32],
    ]);
  });

  it('whatever the cuts and chunks are: every event once, in order, without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 5 }), fc.boolean(), async (cuts, odd) => {
        const rules = cuts.map((afterEvents) => cut(undefined, afterEvents));
        const chunks: FaultRule[] = odd ? [{ fault: faults.chunking('random') }] : [];
        await using app = await world([forty, ...chunks, ...rules]);
        const { sequence, ids, error } = await app.clock.runUntil(told(app.client, background));
        expect(sequence).toEqual(counted(41));
        expect([ids, error]).toEqual([1, undefined]);
        expect(app.upstream.log.filter(({ method }) => method === 'POST')).toHaveLength(1);
        expect(app.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('is not asked for anew where it breaks before its first content', async () => {
    await using app = await world([forty, cut(post, 1)]);
    const { sequence } = await app.clock.runUntil(told(app.client, background));
    expect(sequence).toEqual(counted(41));
    expect(app.upstream.log.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('waits between tries that fail, longer each time', async () => {
    await using app = await world([forty, cut(post, 12), { times: 3, match: get, fault: faults.overloaded() }]);
    const { sequence } = await app.clock.runUntil(told(app.client, background));
    expect(sequence).toEqual(counted(41));
    const waits = app.seen.journey?.entries.flatMap((entry) => (entry.type === 'wait' ? [entry.delayMs] : []));
    expect(waits).toEqual([375, 750, 1500]);
  });

  it('resumes inside a call to a tool, which reaches the caller once and whole', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = [{ type: 'function', name: 'weather', parameters, strict: true }];
    await using app = await world([cut(post, 5)]);
    const more = { ...background, tools, tool_choice: 'required' };
    const { sequence, final } = await app.clock.runUntil(told(app.client, more));
    expect(sequence).toEqual([...sequence.keys()]);
    expect(final?.output[0]).toMatchObject({ type: 'function_call', arguments: '{"city":"a"}' });
    expect(app.upstream.log).toHaveLength(2);
  });

  it('leaves a response alone that is not in the background', async () => {
    await using app = await world([forty, cut(post, 12)], { responses: { policy: 'resume' } });
    const { error } = await told(app.client);
    expect(error?.code).toBe('stream_interrupted');
    expect(app.upstream.log).toHaveLength(1);
  });
});

describe('resume, when the stream is no longer to be had', () => {
  it.each([400, 404])('(%i) asks until the response has ended, and tells what is missing', async (status) => {
    const refused: FaultRule = { times: 1, match: get, fault: faults.status(status) };
    await using app = await world(
      [{ fault: faults.answer({ text: words20 }) }, cut(post, 12), refused],
      {},
      { backgroundMs: 20_000 },
    );
    const { sequence, text, types, ids, final, error } = await app.clock.runUntil(told(app.client, background));
    expect([text, ids, error]).toEqual([words20, 1, undefined]);
    expect(sequence).toEqual([...sequence.keys()]);
    expect(types.slice(-5)).toEqual([
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(final?.output[0]).toMatchObject({ content: [{ text: words20 }] });
    expect(app.seen.calls).toMatchObject([{ ok: true, usage: { outputTokens: 20 } }]);
    const polls = app.upstream.log.filter(({ method, query }) => method === 'GET' && query === '');
    expect(polls.length).toBeGreaterThan(3);
    expect(app.decisions()).toEqual(['resume', 'poll']);
  });

  it('tells a whole message or call of which nothing had come, and satisfies the helper of the client', async () => {
    const tools = [
      {
        type: 'function' as const,
        name: 'weather',
        strict: true,
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    ];
    for (const more of [{}, { tools, tool_choice: 'required' as const }]) {
      await using app = await world([cut(post, 3), { times: 1, match: get, fault: faults.status(404) }]);
      const stream = app.client.responses.stream({ model: 'gpt-5', input: 'Count.', background: true, ...more });
      const final = await app.clock.runUntil(stream.finalResponse());
      expect(final.output[0]).toMatchObject('tools' in more ? { arguments: '{"city":"a"}' } : { type: 'message' });
      expect(final.status).toBe('completed');
    }
  });

  it('tells of a response that has failed or ended early in the words of the API', async () => {
    for (const status of ['failed', 'incomplete']) {
      const body = {
        id: 'resp_1',
        object: 'response',
        status,
        output: [],
        error: { code: 'server_error', message: 'x' },
      };
      await using app = await world([
        forty,
        cut(post, 12),
        { times: 1, match: get, fault: faults.status(404) },
        { match: get, fault: faults.status(200, { body }) },
      ]);
      const { types } = await app.clock.runUntil(told(app.client, background));
      expect(types.at(-1)).toBe(`response.${status}`);
    }
  });

  it('tries no more to resume once five minutes have passed', async () => {
    const later = faults.rateLimit({ retryAfterMs: 6 * 60_000 });
    await using app = await world([forty, cut(post, 12), { times: 1, match: get, fault: later }]);
    const { text } = await app.clock.runUntil(told(app.client, background));
    expect(text.split(' ')).toHaveLength(32);
    expect(app.decisions()).toEqual(['resume', 'poll']);
  });

  it('asks for the whole after as many resumes as are allowed', async () => {
    await using app = await world([forty, cut(post, 12), { times: 2, match: get, fault: faults.overloaded() }], {
      responses: { maxMends: 2 },
    });
    const { text } = await app.clock.runUntil(told(app.client, background));
    expect(text.split(' ')).toHaveLength(32);
    expect(app.decisions()).toEqual(['resume', 'resume', 'poll']);
  });

  it('is an error with what was said where the response is gone or was cancelled', async () => {
    const cancelled = { id: 'resp_1', object: 'response', status: 'cancelled', output: [] };
    for (const fault of [faults.status(404), faults.status(200, { body: cancelled })]) {
      await using app = await world([
        forty,
        cut(post, 12),
        { times: 1, match: get, fault: faults.status(404) },
        { match: get, fault },
      ]);
      const { error, text } = await app.clock.runUntil(told(app.client, background));
      expect(error).toBeInstanceOf(APIError);
      expect([error?.code, partialOf(error)?.text]).toEqual(['stream_interrupted', text]);
    }
  });
});

describe('resume, when nobody waits any more', () => {
  it('an abort during a wait ends it at once, and leaves neither timer nor request behind', async () => {
    await using app = await world([forty, cut(post, 12), { match: get, fault: faults.overloaded() }]);
    const controller = new AbortController();
    const params = { model: 'gpt-5', input: 'Count.', stream: true, ...background } as const;
    const stream = await app.client.responses.create(params, { signal: controller.signal });
    const events = stream[Symbol.asyncIterator]();
    for (let index = 0; index < 12; index++) await events.next();
    const pending = events.next();
    while (app.clock.pendingTimers === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort();
    // The client ends a loop in silence that its own caller aborted.
    expect(await pending.catch((error: unknown) => error)).toSatisfy(
      (end: { done?: boolean }) => end.done === true || end instanceof APIUserAbortError,
    );
    expect(app.clock.pendingTimers).toBe(0);
    expect(app.upstream.log).toHaveLength(2);
    expect(app.seen.calls).toMatchObject([{ ending: 'cancelled' }]);
  });

  it('a caller who stops reading ends the resumed stream at the upstream', async () => {
    await using app = await world([
      forty,
      cut(post, 12),
      { match: get, fault: faults.hang({ at: 'body', afterEvents: 3 }) },
    ]);
    const params = { model: 'gpt-5', input: 'Count.', stream: true, ...background } as const;
    const stream = await app.client.responses.create(params);
    let count = 0;
    for await (const _ of stream) if (++count === 14) break;
    while (app.upstream.log[1]?.done !== true) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(app.upstream.log[1]?.aborted).toBe(true);
    expect(app.seen.attempts.map(({ ending }) => ending)).toEqual(['failed', 'cancelled']);
    expect(app.seen.calls.map(({ ending }) => ending)).toEqual(['cancelled']);
  });

  it('a caller who stops reading while a resume is on its way ends that too', async () => {
    await using app = await world([forty, cut(post, 12), { match: get, fault: faults.hang({ at: 'headers' }) }]);
    const response = await app.client.responses
      .create({ model: 'gpt-5', input: 'Count.', stream: true, ...background })
      .asResponse();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const reading = (async () => {
      while (!(await reader.read()).done);
    })();
    while (app.upstream.log.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    await reader.cancel();
    await reading;
    while (app.upstream.log[1]?.done !== true) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(app.upstream.log[1]?.aborted).toBe(true);
    expect(app.seen.calls.map(({ ending }) => ending)).toEqual(['cancelled']);
  });

  it('the deadline of the call ends it, as an error with what was said', async () => {
    await using app = await world([forty, cut(post, 12), { match: get, fault: faults.overloaded() }]);
    const params = { model: 'gpt-5', input: 'Count.', stream: true, ...background } as const;
    const stream = await app.client.responses.create(params, hints({ deadlineMs: 3000 }));
    const events = stream[Symbol.asyncIterator]();
    for (let index = 0; index < 12; index++) await events.next();
    const error = await app.clock.runUntil(events.next()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'deadline_exceeded' });
    expect(partialOf(error)?.text).toBe('w0 w1 w2 w3 w4 w5 w6');
    expect(app.clock.monotonic()).toBe(3000);
    expect(app.clock.pendingTimers).toBe(0);
    expect(app.seen.calls).toMatchObject([{ ending: 'failed', fault: { kind: 'deadline_exceeded' } }]);
  });
});
