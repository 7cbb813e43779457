import { pipeline } from '@holdfast/core';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import { SamplingDecision, type Attributes } from '@opentelemetry/api';
import { afterAll, describe, expect, it } from 'vitest';
import { startRecorder } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const seen: { name: string; attributes: Attributes }[] = [];
const recorder = startRecorder({
  sampler: {
    shouldSample(_context, _traceId, name, _kind, attributes) {
      seen.push({ name, attributes });
      return { decision: SamplingDecision.NOT_RECORD };
    },
    toString: () => 'never',
  },
});
afterAll(() => recorder.stop());

describe('a call that is not sampled', () => {
  it('shows the sampler what it decides by, draws nothing, and tells the upstream that it is not sampled', async () => {
    const upstream = cannedFetch(() => jsonAnswer());
    const { fetch } = pipeline({ fetch: upstream }).use(telemetry()).build();
    const body = '{"model":"gpt-5","temperature":1,"messages":[]}';
    const response = await fetch('http://127.0.0.1:8080/v1/chat/completions', { method: 'POST', body });
    await response.text();
    expect(recorder.spans).toEqual([]);
    expect(new Headers(upstream.calls[0]?.init.headers).get('traceparent')).toMatch(/^00-\w{32}-\w{16}-00$/);
    expect(seen[0]).toEqual({
      name: 'chat gpt-5',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5',
        'server.address': '127.0.0.1',
        'server.port': 8080,
      },
    });
  });
});
