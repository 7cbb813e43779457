import { journeyOf, type HoldBack, type Middleware } from '@holdfast/core';
import { cannedAnswer, hang, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { bench, events, slicing, timedAnswer, type Piece, type Upstream } from '../test/bench.ts';

const whole = JSON.stringify(cannedAnswer);
const question = { body: JSON.stringify({ model: 'gpt-5' }) };
const json = { type: 'application/json', ends: true };

/** One byte each second. */
const drip: Piece[] = [...whole].map((byte, index) => [(index + 1) * 1000, byte]);

/** Bad at first, and then good. */
const then =
  (bad: ReturnType<Upstream>, good: ReturnType<Upstream>): Upstream =>
  () => {
    let asked = 0;
    return (url, init) => (asked++ === 0 ? bad : good)(url, init);
  };

const holding = (holdBack: HoldBack): Middleware => ({
  name: 'holding',
  layer: 'hedge',
  handle: (call, next) => next(call.with({ holdBack })),
});

describe('a deadline of 3 s of which the first attempt has half', () => {
  it.each<[string, Upstream]>([
    ['never connects', () => hang],
    [
      'hangs in the middle of its body',
      (clock) => timedAnswer(clock, [[10, whole.slice(0, 100)]], { type: json.type }),
    ],
    ['sends one byte per second', (clock) => timedAnswer(clock, drip, json)],
  ])('is answered by the second when the first %s', async (_name, bad) => {
    const { clock, calls, told, post } = bench(
      (of) => then(bad(of), () => jsonAnswer())(of),
      {},
      {
        around: [slicing(1500)],
      },
    );
    const pending = post('chat', { ...question, holdfast: { deadlineMs: 3000 } });
    await clock.advance(1500);
    const response = await pending;
    expect(await response.json()).toEqual(cannedAnswer);
    expect(calls).toHaveLength(2);
    expect(told.map(({ code }) => code)).toEqual(['attempt_timeout']);
    expect(journeyOf(response)?.entries).toMatchObject([
      { type: 'attempt', fault: { kind: 'timeout', code: 'attempt_timeout' } },
      { type: 'decision', layer: 'timeout', reason: expect.stringContaining('the 1500 ms that this attempt had') },
      { type: 'attempt', status: 200, fault: undefined },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[string, Upstream]>([
    ['never connects', () => hang],
    ['sends one byte per second', (clock) => timedAnswer(clock, drip, json)],
  ])('ends in time when nobody but who %s is asked', async (_name, upstream) => {
    const { clock, calls, post } = bench(upstream, {}, { around: [slicing(1500)] });
    const pending = post('chat', { ...question, holdfast: { deadlineMs: 3000 } });
    const rejected = expect(pending).rejects.toMatchObject({ name: 'TimeoutError', code: 'deadline_exceeded' });
    await clock.advance(3000);
    await rejected;
    expect(calls).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a slice', () => {
  it('bounds a stream for as long as another attempt could take its place, and no longer', async () => {
    const { frame, word } = events.chat;
    const upstream =
      (pieces: readonly Piece[]): Upstream =>
      (clock) =>
        timedAnswer(clock, pieces);
    const held = bench(upstream([[10, frame]]), {}, { around: [slicing(1500, 1), holding({})] });
    const failed = held.post().then((response) => response.text());
    await held.clock.advance(1500);
    expect(await failed).toContain('"code":"attempt_timeout"');

    for (const around of [[slicing(1500, 1), holding({})], [slicing(1500, 1)]]) {
      const given = bench(
        upstream([
          [10, word],
          [9000, word],
        ]),
        {},
        { around },
      );
      const pending = given.post();
      await given.clock.advance(10);
      const reader = ((await pending).body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      const late = reader.read();
      await given.clock.advance(9000);
      expect(new TextDecoder().decode((await late).value)).toBe(word);
      expect([given.told, given.clock.pendingTimers]).toEqual([[], 0]);
    }
  });

  it('leaves what is no JSON to its caller as soon as it has begun', async () => {
    const sound = bench(
      (clock) => timedAnswer(clock, [[2000, 'la']], { type: 'audio/mpeg', ends: true }),
      {},
      {
        around: [slicing(1500)],
      },
    );
    const response = await sound.post('chat', question);
    // That of the upstream.
    expect(sound.clock.pendingTimers).toBe(2);
    const text = response.text();
    await sound.clock.advance(2000);
    expect(await text).toBe('la');
  });

  it('that is shorter than the limits ends the attempt, and one that is longer does not', async () => {
    for (const [sliceMs, message] of [
      [1500, 'the 1500 ms that this attempt had'],
      [60_000, 'timeout.attemptMs'],
    ] as const) {
      const { clock, told, post } = bench(() => hang, { attemptMs: 3000 }, { around: [slicing(sliceMs, 1)] });
      const rejected = expect(post()).rejects.toMatchObject({ code: 'attempt_timeout' });
      await clock.advance(3000);
      await rejected;
      expect(told[0]?.message).toContain(message);
    }
  });

  it('that is used up together with the deadline leaves the word to the deadline', async () => {
    const { clock, told, post } = bench(() => hang, {}, { around: [slicing(3000, 1)] });
    const pending = post('chat', { ...question, holdfast: { deadlineMs: 3000 } });
    const rejected = expect(pending).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await clock.advance(3000);
    await rejected;
    expect(told).toEqual([]);
  });

  it('that is used up together with the abort of the caller leaves the word to the caller', async () => {
    const controller = new AbortController();
    const { clock, post } = bench(() => hang, {}, { around: [slicing(3000, 1)] });
    clock.setTimer(() => controller.abort(new Error('enough')), 3000);
    const pending = post('chat', { ...question, signal: controller.signal });
    const rejected = expect(pending).rejects.toThrow('enough');
    await clock.advance(3000);
    await rejected;
    expect(clock.pendingTimers).toBe(0);
  });

  it('reads no more than a megabyte ahead', async () => {
    const text = `{"a":"${'x'.repeat(3_000_000)}"}`;
    const pieces = Array.from({ length: 31 }, (_, index): Piece => [
      100,
      text.slice(index * 100_000).slice(0, 100_000),
    ]);
    const { clock, post } = bench(
      (of) => timedAnswer(of, [...pieces.slice(0, 12), ...later(pieces.slice(12))], json),
      {},
      {
        around: [slicing(1500, 1)],
      },
    );
    const pending = post('chat', question);
    await clock.advance(100);
    const read = (await pending).json();
    await clock.advance(9000);
    expect(await read).toEqual({ a: 'x'.repeat(3_000_000) });
    expect(clock.pendingTimers).toBe(0);
  });
});

const later = (pieces: readonly Piece[]): Piece[] => pieces.map(([, text]) => [9000, text]);
