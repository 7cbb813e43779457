import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { refuse, type Middleware } from '@holdfast/core';
import { cannedFetch, chatChunks, hang, ManualClock } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, clientOf, failure, fetchOf, question, recording, streamOf } from '../../test/bench.ts';
import { startMeter, unlisted, type RecordedMeter } from '../../test/meter.ts';
import { treeOf } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const recorder = recording();
let meter: RecordedMeter;

beforeEach(() => void (meter = startMeter()));
afterEach(async () => {
  expect(unlisted(await meter.points())).toEqual([]);
  await meter.stop();
});

const layer = (): Middleware => telemetry({ meterProvider: meter.provider });
const active = async (): Promise<number[]> => (await meter.of('holdfast.active_operations')).map(({ value }) => value);
const completions = async () =>
  (await meter.of('holdfast.stream.completions')).map(({ attributes, value }) => [
    attributes['holdfast.result'],
    value,
  ]);
const durations = async () =>
  (await meter.of('gen_ai.client.operation.duration')).map(({ attributes, count }) => [
    attributes['error.type'],
    count,
  ]);

const readAll = async (stream: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of stream);
};

const words = ['a', 'b', 'c', 'd'];
const whole = () => streamOf(chatChunks(words));
const asked = { ...question, stream: true as const };
const streamed = { body: JSON.stringify(asked) };
const errorEvent = `event: error\ndata: ${JSON.stringify({ error: { message: 'x', type: 'server_error', code: 'server_error' } })}\n\n`;

describe('calls under way come to nothing, and the end of each stream is told', () => {
  it('when it is read to its end', async () => {
    for await (const _ of await clientOf(cannedFetch(whole), [layer()]).chat.completions.create(asked));
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([['done', 1]]);
    expect(await durations()).toEqual([[undefined, 1]]);
  });

  it('while it is read there is one', async () => {
    const response = await fetchOf(cannedFetch(whole), [layer()])(streamed);
    expect(await active()).toEqual([1]);
    await response.text();
    expect(await active()).toEqual([0]);
  });

  it('when the loop is left early, without an error.type', async () => {
    for await (const _ of await clientOf(cannedFetch(whole), [layer()]).chat.completions.create(asked)) break;
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([['cancelled', 1]]);
    expect(await durations()).toEqual([[undefined, 1]]);
  });

  it('when it is aborted before anybody reads', async () => {
    const stream = await clientOf(cannedFetch(whole), [layer()]).chat.completions.create(asked);
    stream.controller.abort();
    for await (const _ of stream);
    expect(await active()).toEqual([0]);
    expect(await durations()).toEqual([[undefined, 1]]);
    expect(await completions()).toEqual([['cancelled', 1]]);
  });

  it('when it is aborted before the headers', async () => {
    const controller = new AbortController();
    const pending = fetchOf(cannedFetch(hang), [layer()])({ ...streamed, signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(pending).rejects.toThrow();
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([]);
  });

  it('when it is cut, with the error.type of the span', async () => {
    const cut = () => streamOf(chatChunks(words).slice(0, 2));
    const stream = await clientOf(cannedFetch(cut), [layer()]).chat.completions.create(asked);
    await expect(readAll(stream)).rejects.toThrow();
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([['cut', 1]]);
    const { call } = treeOf(recorder.spans);
    expect(await durations()).toEqual([[call.attributes['error.type'], 1]]);
    expect(call.attributes['error.type']).toBe('stream_interrupted');
  });

  it('when an error comes as an event', async () => {
    const broken = () => streamOf([...chatChunks(words).slice(0, 2), errorEvent]);
    const stream = await clientOf(cannedFetch(broken), [layer()]).chat.completions.create(asked);
    await expect(readAll(stream)).rejects.toThrow();
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([['error_event', 1]]);
    expect(await durations()).toEqual([[treeOf(recorder.spans).call.attributes['error.type'], 1]]);
  });

  it('when it is refused, and when it fails by its status', async () => {
    const full: Middleware = {
      name: 'rateLimit',
      layer: 'rateLimit',
      handle: (call) => Promise.resolve(refuse(call, { layer: 'rateLimit', code: 'queue_full', message: 'full' })),
    };
    await (await fetchOf(cannedFetch(answer), [layer(), full])(streamed)).text();
    await (await fetchOf(cannedFetch(failure(500)), [layer()])(streamed)).text();
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([]);
    expect(await meter.of('holdfast.rate_limit.rejections')).toMatchObject([
      { value: 1, attributes: { 'holdfast.refusal.code': 'queue_full' } },
    ]);
  });

  it('when nobody ever reads it', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    // In a function of its own, so that nothing on this stack keeps the answer alive.
    await (async () => void (await fetchOf(cannedFetch(whole), [layer()])(streamed)))();
    for (let turn = 0; turn < 200 && (await active())[0] !== 0; turn++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await active()).toEqual([0]);
    expect(await completions()).toEqual([['cancelled', 1]]);
    expect(await durations()).toEqual([[undefined, 1]]);
  });
});

describe('the chunks of a stream', () => {
  it('are told by the first, from the start of the call, and by the mean time between two', async () => {
    const clock = new ManualClock();
    const chunks = chatChunks(words);
    const slowly = async () => {
      await clock.advance(2000);
      return streamOf(chunks);
    };
    const response = await fetchOf(cannedFetch(slowly), [layer()], { clock })(streamed);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) await clock.advance(100);
    const [first] = await meter.of('gen_ai.client.operation.time_to_first_chunk');
    expect(first).toMatchObject({ unit: 's', count: 1, value: 2 });
    expect(first?.value).toBe(treeOf(recorder.spans).call.attributes['gen_ai.response.time_to_first_chunk']);
    const [each] = await meter.of('gen_ai.client.operation.time_per_output_chunk');
    expect(each?.count).toBe(1);
    expect(each?.value).toBeCloseTo(0.1, 9);
  });

  it('are not told for an answer that came whole', async () => {
    await (await fetchOf(cannedFetch(answer), [layer()])()).text();
    const names = (await meter.points()).map(({ metric }) => metric);
    expect(names.filter((name) => name.includes('chunk'))).toEqual([]);
    expect(await completions()).toEqual([]);
  });
});
