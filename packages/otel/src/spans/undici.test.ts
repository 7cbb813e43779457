import { startUpstream } from '@holdfast/testkit';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import OpenAI from 'openai';
import { pipeline } from '@holdfast/core';
import { afterAll, describe, expect, it } from 'vitest';
import { question } from '../../test/bench.ts';
import { startRecorder } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const recorder = startRecorder({ instrumentations: [new UndiciInstrumentation()] });
afterAll(() => recorder.stop());

describe('an instrumented fetch', () => {
  it('draws no second span of a request, and the one that arrives is named by our attempt', async () => {
    await using upstream = await startUpstream();
    let arrived: string | null = null;
    const looking: typeof fetch = (input, init) => {
      arrived = new Headers(init?.headers).get('traceparent');
      return fetch(input, init);
    };
    const client = pipeline()
      .use(telemetry())
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-x', baseURL: upstream.baseURL, fetch: looking }));
    await client.chat.completions.create(question);
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'chat gpt-5']);
    expect(arrived).toContain(recorder.spans[0]?.spanContext().spanId);
    recorder.clear();
    // It does draw where nobody holds it back.
    await fetch(`${upstream.baseURL}/models`).then((response) => response.text());
    expect(recorder.spans).toHaveLength(1);
  });
});
