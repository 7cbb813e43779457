import { cannedFetch, chatChunks, errorAnswer, ManualClock } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  clientOf,
  completion,
  errorText,
  isError,
  noError,
  question,
  recording,
  retrying,
  streamOf,
} from '../../test/bench.ts';
import { treeOf } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const recorder = recording();

describe('the span of a streamed call', () => {
  const streamed = { ...question, stream: true as const };

  it('ends when the stream ends, and knows when the first event came', async () => {
    const chunks = chatChunks([completion, 'and', 'more']);
    chunks.splice(
      -1,
      0,
      'data: {"id":"chatcmpl-canned","model":"gpt-5","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}\n\n',
    );
    const clock = new ManualClock();
    const client = clientOf(
      cannedFetch(() => streamOf(chunks)),
      [telemetry()],
      { clock },
    );
    const stream = await client.chat.completions.create(streamed);
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST']);
    await clock.advance(1500);
    let events = 0;
    for await (const _ of stream) {
      if (events++ === 0) expect(recorder.spans).toHaveLength(1);
    }
    const { call } = treeOf(recorder.spans);
    noError(call);
    expect(call.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.time_to_first_chunk': 1.5,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 4,
      'holdfast.ending': 'complete',
    });
  });

  it('counts the time to the first event from the start of the call, over failed attempts', async () => {
    const clock = new ManualClock();
    const slowFailure = async () => {
      await clock.advance(2000);
      return errorAnswer(503);
    };
    const upstream = cannedFetch(slowFailure, () => streamOf(chatChunks([completion])));
    const client = clientOf(upstream, [telemetry(), retrying()], { clock });
    const stream = await client.chat.completions.create(streamed);
    await clock.advance(500);
    for await (const _ of stream);
    const { call } = treeOf(recorder.spans);
    expect(call.attributes['gen_ai.response.time_to_first_chunk']).toBe(2.5);
  });

  it('is not an error when the caller stops early', async () => {
    const client = clientOf(cannedFetch(() => streamOf(chatChunks(['a', 'b', 'c']))));
    for await (const _ of await client.chat.completions.create(streamed)) break;
    await new Promise((resolve) => setImmediate(resolve));
    const { call } = treeOf(recorder.spans);
    noError(call);
    expect(call.attributes['holdfast.ending']).toBe('cancelled');
  });

  it('is an error when the stream carries one', async () => {
    const chunks = [
      chatChunks(['a'])[0] as string,
      `data: {"error":{"message":"${errorText}","type":"server_error","code":"server_error"}}\n\n`,
    ];
    const client = clientOf(cannedFetch(() => streamOf(chunks)));
    const read = async () => {
      for await (const _ of await client.chat.completions.create(streamed));
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
    const { call, attempts } = treeOf(recorder.spans);
    isError(call, 'server_error');
    noError(attempts[0]);
  });

  it('is an error when the stream was cut', async () => {
    const client = clientOf(cannedFetch(() => streamOf(chatChunks(['a', 'b']).slice(0, 2))));
    const read = async () => {
      for await (const _ of await client.chat.completions.create(streamed));
    };
    await expect(read()).rejects.toMatchObject({ code: 'stream_interrupted' });
    isError(treeOf(recorder.spans).call, 'stream_interrupted');
  });
});
