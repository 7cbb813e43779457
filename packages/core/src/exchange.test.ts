import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, errorAnswer, jsonAnswer, outcomeOf, question } from '../test/bench.ts';
import { Exchange } from './exchange.ts';
import {
  journeyOf,
  observe,
  onSettled,
  Outcome,
  refusalOf,
  faultOf,
  type Call,
  type Middleware,
  type Next,
} from './index.ts';

const down = () => errorAnswer(503, { code: 'server_is_overloaded' }, { 'x-request-id': 'req_1' });
const reset = () => new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });

describe('what is known of an answer', () => {
  it('is found by the response, by the error of the client and along its causes', async () => {
    const { client, post } = bench(cannedFetch(down));
    const journey = journeyOf(await post());
    expect(journey?.entries).toMatchObject([
      { type: 'attempt', status: 503, requestId: 'req_1', fault: { kind: 'overloaded' } },
    ]);
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(journeyOf(error)?.attempts).toBe(1);
    expect(journeyOf(new Error('mine', { cause: new Error('wrapped', { cause: error }) }))).toBe(journeyOf(error));
    expect(refusalOf(error)).toBeUndefined();
  });

  it('is found by the error that the client makes of a broken connection', async () => {
    const { client } = bench(cannedFetch(reset));
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(journeyOf(error)?.entries).toMatchObject([{ fault: { kind: 'network', code: 'ECONNRESET' } }]);
  });

  it('is nothing for what never passed here', () => {
    const circle = new Error('x');
    circle.cause = circle;
    for (const source of [
      new Response(),
      new Error('x'),
      circle,
      'text',
      null,
      undefined,
      5,
      { headers: null },
      { headers: 'x' },
      Object.freeze({}),
    ]) {
      expect(journeyOf(source)).toBeUndefined();
      expect(refusalOf(source)).toBeUndefined();
    }
    expect(faultOf(new Response())).toBeUndefined();
  });

  it('does not show on the objects that it is kept by', async () => {
    const { post } = bench(cannedFetch(down));
    const response = await post();
    expect(Reflect.ownKeys(response.headers)).toEqual(Reflect.ownKeys(new Headers()));
    expect([...response.headers.keys()]).toEqual([...down().headers.keys()]);
  });
});

describe('listeners', () => {
  it('are told once each, also when one throws or rejects, and when they come late', async () => {
    const { post, warnings } = bench(cannedFetch(() => jsonAnswer()));
    const response = await post();
    const told: string[] = [];
    onSettled(response, () => void told.push('first'));
    onSettled(response, () => {
      told.push('second');
      throw new Error('second is broken');
    });
    onSettled(response, (async () => {
      told.push('third');
      throw new Error('third is broken');
    }) as () => void);
    onSettled(response, () => void told.push('fourth'));
    await response.text();
    await response.text().catch(() => undefined);
    onSettled(response, () => void told.push('late'));
    await Promise.resolve();
    expect(told).toEqual(['first', 'second', 'third', 'fourth', 'late']);
    expect(warnings.map(([text, cause]) => [text, (cause as Error).message])).toEqual([
      ['holdfast default: onSettled threw', 'second is broken'],
      ['holdfast default: onSettled threw', 'third is broken'],
    ]);
  });

  it('are told of the first end, whatever comes after it', () => {
    const exchange = new Exchange({} as never, {} as never);
    const [first, second] = [
      new Outcome({ ending: 'complete', durationMs: 1 }),
      new Outcome({ ending: 'failed', durationMs: 2 }),
    ];
    const told: Outcome[] = [];
    exchange.onSettled((outcome) => void told.push(outcome));
    exchange.settle(first);
    exchange.settle(second);
    exchange.onSettled((outcome) => void told.push(outcome));
    expect(told).toEqual([first, first]);
    expect(exchange.outcome).toBe(first);
  });

  it('are told of a response that nobody knows that it was abandoned', async () => {
    expect(await outcomeOf(new Response('x', { status: 201 }))).toMatchObject({ ending: 'abandoned', status: 201 });
  });
});

describe('observe', () => {
  /** A layer that observes what is further in. */
  const observing = (outcomes: Outcome[], inner?: Next): Middleware => ({
    name: 'watch',
    layer: 'telemetry',
    handle: (call: Call, next: Next) => observe(call, inner ?? next, (outcome) => void outcomes.push(outcome)),
  });

  it.each([
    ['an answer', () => jsonAnswer(), 'complete', undefined],
    ['an error answer', down, 'failed', 'overloaded'],
    ['a broken connection', reset, 'failed', 'network'],
  ])('tells once how %s ended', async (_name, answer, ending, kind) => {
    const outcomes: Outcome[] = [];
    const { client } = bench(cannedFetch(answer), { layers: [observing(outcomes)] });
    await client.chat.completions.create(question).catch(() => undefined);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ ending, ...(kind !== undefined && { fault: { kind } }) });
    expect(outcomes[0]?.ok).toBe(kind === undefined);
  });

  it.each([
    ['a text', 'thrown'],
    ['nothing', undefined],
  ])('tells of a thrown %s and throws it on', async (_name, thrown) => {
    const outcomes: Outcome[] = [];
    const { post } = bench(cannedFetch(), { layers: [observing(outcomes, () => Promise.reject(thrown))] });
    await expect(post()).rejects.toBe(thrown);
    expect(outcomes).toMatchObject([{ ending: 'failed', fault: { kind: 'network' } }]);
  });

  it('tells of an abort that it was one', async () => {
    const outcomes: Outcome[] = [];
    const controller = new AbortController();
    const upstream = async (): Promise<Response> => {
      controller.abort(new Error('enough'));
      throw controller.signal.reason;
    };
    const { post } = bench(upstream, { layers: [observing(outcomes)] });
    await expect(post({ signal: controller.signal })).rejects.toThrow('enough');
    expect(outcomes).toMatchObject([{ ending: 'cancelled', fault: { kind: 'aborted' } }]);
  });

  it('takes an AbortError that the caller had no part in for a broken connection', async () => {
    const outcomes: Outcome[] = [];
    const { post } = bench(
      cannedFetch(() => new DOMException('gone', 'AbortError')),
      { layers: [observing(outcomes)] },
    );
    await expect(post()).rejects.toThrow('gone');
    expect(outcomes).toMatchObject([{ ending: 'failed', fault: { kind: 'network', retryable: true } }]);
  });
});
