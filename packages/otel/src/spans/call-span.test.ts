import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { discard, refuse, type Middleware } from '@holdfast/core';
import { cannedAnswer, cannedFetch, hang, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { context, SpanKind, trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  answer,
  clientOf,
  errorText,
  failure,
  fetchOf,
  isError,
  noError,
  prompt,
  question,
  recording,
  retrying,
} from '../../test/bench.ts';
import { treeOf, values } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const recorder = recording();

describe('the span of a call', () => {
  it('says what was asked and what came back', async () => {
    const client = clientOf(cannedFetch(answer));
    await client.chat.completions.create({
      ...question,
      temperature: 0.2,
      top_p: 0.9,
      max_completion_tokens: 100,
      n: 2,
      stop: 'END',
      seed: 7,
      service_tier: 'flex',
      response_format: { type: 'json_schema', json_schema: { name: prompt, schema: {} } },
    });
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.name).toBe('chat gpt-5');
    expect(call.kind).toBe(SpanKind.CLIENT);
    expect(call.instrumentationScope.name).toBe('@holdfast/otel');
    expect(call.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'server.address': 'api.openai.com',
      'server.port': 443,
      'openai.api.type': 'chat_completions',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.request.seed': 7,
      'openai.request.service_tier': 'flex',
      'gen_ai.output.type': 'json',
      'gen_ai.response.id': 'chatcmpl-canned',
      'gen_ai.response.model': 'gpt-5-2025-08-07',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 3,
      'holdfast.service': 'checkout',
      'holdfast.call.id': expect.stringMatching(/^\w+-1$/),
      'holdfast.attempts': 1,
      'holdfast.ending': 'complete',
    });
    noError(call);
    expect(attempts).toHaveLength(1);
  });

  it('has the active span as its parent, and is the active span further in', async () => {
    let inner: unknown;
    const spy: Middleware = {
      name: 'spy',
      layer: 'retry',
      handle(call, next) {
        inner = trace.getActiveSpan()?.spanContext().spanId;
        return next(call);
      },
    };
    const client = clientOf(cannedFetch(answer), [telemetry(), spy]);
    const outer = trace.getTracer('app').startSpan('GET /cart');
    await context.with(trace.setSpan(context.active(), outer), () => client.chat.completions.create(question));
    outer.end();
    const call = recorder.spans.find(({ name }) => name === 'chat gpt-5');
    expect(call?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(call?.spanContext().traceId).toBe(outer.spanContext().traceId);
    expect(inner).toBe(call?.spanContext().spanId);
  });

  it('stays free of errors that were retried: 429, 503, 200 is one call and three attempts', async () => {
    const upstream = cannedFetch(failure(429), failure(503), answer);
    await clientOf(upstream, [telemetry(), retrying()]).chat.completions.create(question);
    const { call, attempts } = treeOf(recorder.spans);
    noError(call);
    expect(call.attributes['holdfast.attempts']).toBe(3);
    expect(attempts.map(({ name }) => name)).toEqual(['POST', 'POST', 'POST']);
    expect(attempts.map(({ kind }) => kind)).toEqual([SpanKind.CLIENT, SpanKind.CLIENT, SpanKind.CLIENT]);
    expect(values(attempts, 'http.request.resend_count')).toEqual([undefined, 1, 2]);
    expect(values(attempts, 'http.response.status_code')).toEqual([429, 503, 200]);
    expect(values(attempts, 'error.type')).toEqual(['429', '503', undefined]);
    expect(values(attempts, 'holdfast.attempt.kind')).toEqual(['initial', 'retry', 'retry']);
    expect(attempts.map(({ status }) => status.code)).toEqual([2, 2, 0]);
  });

  it('is an error when the last attempt was', async () => {
    const client = clientOf(cannedFetch(failure(503)), [telemetry(), retrying()]);
    await expect(client.chat.completions.create(question)).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    const { call, attempts } = treeOf(recorder.spans);
    isError(call, '503');
    expect(call.attributes['holdfast.ending']).toBe('failed');
    expect(attempts).toHaveLength(3);
  });

  it('is an error when no answer came at all', async () => {
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error(errorText), { code: 'ECONNREFUSED' }),
    });
    const client = clientOf(cannedFetch(() => refused));
    await expect(client.chat.completions.create(question)).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    const { call, attempts } = treeOf(recorder.spans);
    isError(call, 'network');
    isError(attempts[0], 'network');
    expect(attempts[0]?.attributes).not.toHaveProperty('http.response.status_code');
    expect(call.events).toEqual([]);
  });

  it('names a refusal of ours by its kind, with no attempt under it', async () => {
    const open: Middleware = {
      name: 'breaker',
      layer: 'breaker',
      handle: (call) => Promise.resolve(refuse(call, { layer: 'breaker', code: 'circuit_open', message: errorText })),
    };
    const client = clientOf(cannedFetch(answer), [telemetry(), open]);
    await expect(client.chat.completions.create(question)).rejects.toMatchObject({ code: 'circuit_open' });
    const { call, attempts } = treeOf(recorder.spans);
    isError(call, 'circuit_open');
    expect(call.attributes['holdfast.attempts']).toBe(0);
    expect(attempts).toEqual([]);
  });

  it('tells the model that was asked from the model that answered', async () => {
    const ladder: Middleware = {
      name: 'fallback',
      layer: 'fallback',
      async handle(call, next) {
        discard(await next(call));
        return next(call.with({ body: call.body.withModel('gpt-5-mini')! }));
      },
    };
    const mini = () => jsonAnswer({ ...cannedAnswer, model: 'gpt-5-mini-2025-08-07' });
    await clientOf(cannedFetch(failure(503), mini), [telemetry(), ladder]).chat.completions.create(question);
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.name).toBe('chat gpt-5');
    expect(call.attributes['gen_ai.request.model']).toBe('gpt-5');
    expect(call.attributes['gen_ai.response.model']).toBe('gpt-5-mini-2025-08-07');
    expect(values(attempts, 'holdfast.attempt.kind')).toEqual(['initial', 'fallback']);
    expect(values(attempts, 'holdfast.attempt.model')).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(values(attempts, 'http.request.resend_count')).toEqual([undefined, 1]);
  });

  it('is not an error when the caller cancelled', async () => {
    const client = clientOf(cannedFetch(hang));
    const controller = new AbortController();
    const pending = client.chat.completions.create(question, { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(pending).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    const { call, attempts } = treeOf(recorder.spans);
    noError(call);
    noError(attempts[0]);
    expect(call.attributes['holdfast.ending']).toBe('cancelled');
  });

  it("is an error when the client's own timeout ended it, though that looks like an abort", async () => {
    const clock = new ManualClock();
    const call = fetchOf(cannedFetch(hang), [telemetry()], { clock });
    const controller = new AbortController();
    const pending = call({ signal: controller.signal, headers: { 'x-stainless-timeout': '5' } });
    await clock.advance(5000);
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const tree = treeOf(recorder.spans);
    isError(tree.call, 'deadline_exceeded');
    isError(tree.attempts[0], 'deadline_exceeded');
    expect(tree.call.attributes['holdfast.ending']).toBe('failed');
  });

  it('ends too when nobody ever reads the answer', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    // In a function of its own, so that nothing on this stack keeps the answer alive.
    await (async () => void (await fetchOf(cannedFetch(answer))()))();
    for (let turn = 0; turn < 200 && recorder.open > 0; turn++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { call } = treeOf(recorder.spans);
    noError(call);
    expect(call.attributes['holdfast.ending']).toBe('abandoned');
  });

  it.each([
    ['responses', '/responses', { model: 'gpt-5', input: prompt, instructions: prompt }, 'chat gpt-5', 'responses'],
    [
      'embeddings',
      '/embeddings',
      { model: 'text-embedding-3-small', input: prompt },
      'embeddings text-embedding-3-small',
    ],
    ['completions', '/completions', { model: 'davinci-002', prompt }, 'text_completion davinci-002'],
    ['images', '/images/generations', { model: 'gpt-image-1', prompt }, 'images gpt-image-1'],
    ['files', '/files', {}, 'other'],
  ])('is named after the operation: %s', async (_name, path, body, name, apiType?: string) => {
    const call = fetchOf(cannedFetch(() => jsonAnswer({ id: 'x' })));
    await (await call({ body: JSON.stringify(body) }, `https://api.openai.com/v1${path}`)).text();
    const tree = treeOf(recorder.spans);
    expect(tree.call.name).toBe(name);
    expect(tree.call.attributes['openai.api.type']).toBe(apiType);
  });
});
