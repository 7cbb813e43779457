import { cannedFetch } from '@holdfast/testkit';
import { context, trace } from '@opentelemetry/api';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { answer, clientOf, failure, question } from '../../test/bench.ts';
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
