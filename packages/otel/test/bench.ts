import {
  attempt,
  conclude,
  discard,
  pipeline,
  type Fetch,
  type Middleware,
  type PipelineOptions,
} from '@holdfast/core';
import { cannedAnswer, errorAnswer, jsonAnswer, streamAnswer } from '@holdfast/testkit';
import { SpanStatusCode } from '@opentelemetry/api';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { attributes, telemetry } from '../src/index.ts';
import { startRecorder, type RecordedSpan, type Recorder } from './recorder.ts';

export const url = 'https://api.openai.com/v1/chat/completions';

/** What must never be found on a span. */
export const prompt = 'the-prompt-of-the-user';
export const completion = 'the-words-of-the-model';
export const apiKey = 'sk-the-key-of-the-caller';
export const errorText = 'the-words-of-the-error';

export const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: prompt }] };

export const answer = (): Response =>
  jsonAnswer({
    ...cannedAnswer,
    choices: [{ ...cannedAnswer.choices[0], message: { role: 'assistant', content: completion } }],
  });

export const failure = (status: number, headers?: Record<string, string>) => (): Response =>
  errorAnswer(status, { message: errorText }, headers);

export const streamOf = (chunks: readonly string[]): Response => streamAnswer(chunks, { pulled: () => undefined });

/** Sends up to three times, at once. */
export const retrying = (): Middleware => ({
  name: 'retry',
  layer: 'retry',
  async handle(call, next) {
    for (let number = 1; ; number++) {
      const result = await attempt(call.with({ attempt: number }), next);
      if (result.fault?.retryable !== true || number === 3) return conclude(result);
      if (result.response !== undefined) discard(result.response);
    }
  },
});

/** The real client, wrapped. */
export function clientOf(
  upstream: Fetch,
  layers: readonly Middleware[] = [telemetry()],
  options: PipelineOptions = {},
): OpenAI {
  const builder = pipeline({ service: 'checkout', ...options });
  for (const layer of layers) builder.use(layer);
  return builder.build().wrap(new OpenAI({ apiKey, fetch: upstream as never }));
}

/** The pipeline as a `fetch`, for what the client would not send. */
export function fetchOf(
  upstream: Fetch,
  layers: readonly Middleware[] = [telemetry()],
  options: PipelineOptions = {},
): (init?: RequestInit, to?: string) => Promise<Response> {
  const builder = pipeline({ service: 'checkout', fetch: upstream, ...options });
  for (const layer of layers) builder.use(layer);
  const { fetch } = builder.build();
  return (init = {}, to = url) =>
    fetch(to, {
      method: 'POST',
      body: JSON.stringify(question),
      headers: { authorization: `Bearer ${apiKey}` },
      ...init,
    });
}

/** Asserts UNSET without `error.type`. */
export function noError(span: RecordedSpan | undefined): void {
  expect(span?.status).toEqual({ code: SpanStatusCode.UNSET });
  expect(span?.attributes).not.toHaveProperty('error.type');
}

/** Asserts ERROR without a message, and the `error.type`. */
export function isError(span: RecordedSpan | undefined, type: string): void {
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span?.attributes['error.type']).toBe(type);
}

/**
 * Registers the SDK for one test file. Whatever its tests do, every span ends, has only attributes of
 * the table, and holds no content.
 */
export function recording(): Recorder {
  const recorder = startRecorder();
  beforeEach(() => recorder.clear());
  afterEach(() => expect(recorder.open, 'spans that never ended').toBe(0));
  afterAll(async () => {
    await recorder.stop();
    expectNoContent(recorder.all);
    for (const span of recorder.all) expectKnownAttributes(span);
  });
  return recorder;
}

function expectNoContent(spans: readonly RecordedSpan[]): void {
  const text = JSON.stringify(
    spans.map(({ name, attributes: found, events, links, status }) => ({
      name,
      found,
      events,
      links,
      status,
    })),
  );
  for (const content of [prompt, completion, apiKey, errorText]) expect(text).not.toContain(content);
}

function expectKnownAttributes({ name, instrumentationScope, attributes: found }: RecordedSpan): void {
  if (instrumentationScope.name === 'app') return;
  const known = new Map<string, string>(Object.values(attributes).map((row) => [row.name, row.span]));
  for (const attribute of Object.keys(found))
    expect([name === 'POST' ? 'attempt' : 'call', 'both'], attribute).toContain(known.get(attribute));
}
