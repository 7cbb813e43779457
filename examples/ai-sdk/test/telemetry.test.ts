import { createOpenAI } from '@ai-sdk/openai';
import { faults, startUpstream } from '@holdfast/testkit';
import { generateText, streamText } from 'ai';
import { pipeline, retry, telemetry, type TelemetryOptions } from 'holdfast';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ModelCallSpans } from '../../../packages/otel/test/model-call-spans.ts';
import { startRecorder, treeOf, values } from '../../../packages/otel/test/recorder.ts';

const recorder = startRecorder();
afterAll(() => recorder.stop());
afterEach(() => recorder.clear());

async function service(options: TelemetryOptions = {}) {
  const upstream = await startUpstream({ script: [{ times: 1, fault: faults.rateLimit({ retryAfterMs: 1 }) }] });
  const { fetch, close } = pipeline().use(telemetry(options)).use(retry()).build();
  const openai = createOpenAI({ apiKey: 'sk-example', baseURL: upstream.baseURL, fetch });
  const integration = new ModelCallSpans({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5' });
  return {
    asking: { model: openai.chat('gpt-5'), prompt: 'Hold?', maxRetries: 0, telemetry: { integrations: [integration] } },
    async [Symbol.asyncDispose]() {
      await close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe('a span that the AI SDK has open for its call', () => {
  it('gets the attempts and what it lacks, and is not doubled', async () => {
    await using held = await service();
    await generateText(held.asking);
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.instrumentationScope.name).toBe('ai');
    expect(values(attempts, 'http.response.status_code')).toEqual([429, 200]);
    expect(call.attributes).toMatchObject({
      'holdfast.attempts': 2,
      'holdfast.ending': 'complete',
      'gen_ai.response.model': expect.stringMatching(/^gpt-5/) as string,
      'http.response.header.x-request-id': [expect.any(String)],
    });
  });

  it('gets them of a stream, too', async () => {
    await using held = await service();
    await streamText(held.asking).consumeStream();
    await expect.poll(() => recorder.open).toBe(0);
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.instrumentationScope.name).toBe('ai');
    expect(call.attributes['holdfast.ending']).toBe('complete');
    expect(attempts).toHaveLength(2);
  });

  it('is only the parent of ours where that is wanted', async () => {
    await using held = await service({ outerSpan: 'ignore' });
    await generateText(held.asking);
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'POST', 'chat gpt-5', 'chat']);
  });
});
