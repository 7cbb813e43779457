import type { Middleware } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { context, trace } from '@opentelemetry/api';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { answer, clientOf, failure, prompt, question } from '../../test/bench.ts';
import { startRecorder } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const recorder = startRecorder();
afterAll(() => recorder.stop());
afterEach(() => recorder.clear());
const tracer = trace.getTracer('somebody else');
const { model, messages } = question;

describe('a span that somebody else has drawn for the call', () => {
  it.each<[string, object]>([
    ['an instrumentation', { 'gen_ai.operation.name': 'chat', 'gen_ai.response.model': 'theirs' }],
    ['the AI SDK', { 'ai.operationId': 'ai.generateText.doGenerate', 'gen_ai.response.model': 'theirs' }],
  ])('is enriched and not doubled: %s', async (_name, attributes) => {
    const client = clientOf(cannedFetch(answer));
    const outer = tracer.startSpan('theirs', { attributes: attributes as never });
    await context.with(trace.setSpan(context.active(), outer), () =>
      client.chat.completions.create({ model, messages }),
    );
    outer.end();
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'theirs']);
    const [attempt, theirs] = recorder.spans;
    expect(attempt?.parentSpanContext?.spanId).toBe(theirs?.spanContext().spanId);
    expect(theirs?.attributes).toMatchObject({
      'gen_ai.response.model': 'theirs',
      'holdfast.attempts': 1,
      'holdfast.ending': 'complete',
      'gen_ai.usage.input_tokens': expect.any(Number) as number,
    });
  });

  it('keeps its status, and gets nothing once it has ended', async () => {
    const client = clientOf(cannedFetch(failure(400)));
    const outer = tracer.startSpan('theirs', { attributes: { 'gen_ai.operation.name': 'chat' } });
    const pending = context.with(trace.setSpan(context.active(), outer), () =>
      client.chat.completions.create({ model, messages }),
    );
    outer.end();
    await expect(pending).rejects.toThrow();
    const theirs = recorder.spans.find(({ name }) => name === 'theirs');
    expect(theirs?.status).toEqual({ code: 0 });
    expect(theirs?.attributes).toEqual({ 'gen_ai.operation.name': 'chat' });
  });

  it('gets the content that is wanted, as far as it has none', async () => {
    const said = { 'gen_ai.operation.name': 'chat', 'gen_ai.output.messages': 'theirs' };
    const client = clientOf(cannedFetch(answer), [telemetry({ captureContent: 'spans' })]);
    const outer = tracer.startSpan('theirs', { attributes: said });
    await context.with(trace.setSpan(context.active(), outer), () =>
      client.chat.completions.create({ model, messages }),
    );
    outer.end();
    const theirs = recorder.spans.find(({ name }) => name === 'theirs');
    expect(theirs?.attributes['gen_ai.output.messages']).toBe('theirs');
    expect(theirs?.attributes['gen_ai.input.messages']).toContain(prompt);
  });

  it('is the span of one call: the next one within it has its own', async () => {
    const client = clientOf(cannedFetch(answer));
    const outer = tracer.startSpan('theirs', { attributes: { 'gen_ai.operation.name': 'chat' } });
    await context.with(trace.setSpan(context.active(), outer), async () => {
      for (let call = 0; call < 2; call++) await client.chat.completions.create({ model, messages });
    });
    outer.end();
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'POST', 'chat gpt-5', 'theirs']);
  });

  it('is none of ours: a call that is made within another has its own', async () => {
    const inner = clientOf(cannedFetch(answer));
    const asking: Middleware = {
      name: 'asking',
      layer: 'budget',
      async handle(call, next) {
        await inner.embeddings.create({ model: 'e', input: 'x' });
        return next(call);
      },
    };
    await clientOf(cannedFetch(answer), [telemetry(), asking]).chat.completions.create({ model, messages });
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'embeddings e', 'POST', 'chat gpt-5']);
    expect(recorder.spans.at(-1)?.attributes['holdfast.attempts']).toBe(1);
  });

  it.each<[string, object, object]>([
    ['is ignored where that is wanted', { 'gen_ai.operation.name': 'chat' }, { outerSpan: 'ignore' }],
    ['is none if it is of an agent', { 'gen_ai.operation.name': 'invoke_agent' }, {}],
  ])('%s', async (_name, attributes, options) => {
    const client = clientOf(cannedFetch(answer), [telemetry(options)]);
    const outer = tracer.startSpan('theirs', { attributes: attributes as never });
    await context.with(trace.setSpan(context.active(), outer), () =>
      client.chat.completions.create({ model, messages }),
    );
    outer.end();
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'chat gpt-5', 'theirs']);
  });
});
