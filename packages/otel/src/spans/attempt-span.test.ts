import { type Fetch } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { context, propagation, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { answer, apiKey, failure, fetchOf, recording, retrying } from '../../test/bench.ts';
import { treeOf } from '../../test/recorder.ts';
import { telemetry } from '../index.ts';

const recorder = recording();

describe('the span of an attempt', () => {
  it('says where the request went, without query and password', async () => {
    const upstream = cannedFetch(failure(400, { 'x-request-id': 'req_1' }));
    const to = `https://user:${apiKey}@contoso.openai.azure.com/openai/deployments/gpt/chat/completions?key=${apiKey}#x`;
    await (await fetchOf(upstream)({}, to)).text();
    const { call, attempts } = treeOf(recorder.spans);
    expect(call.attributes['gen_ai.provider.name']).toBe('azure.ai.openai');
    expect(attempts[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'server.address': 'contoso.openai.azure.com',
      'server.port': 443,
      'url.full': 'https://contoso.openai.azure.com/openai/deployments/gpt/chat/completions',
      'http.response.status_code': 400,
      'http.response.header.x-request-id': ['req_1'],
      'holdfast.attempt.kind': 'initial',
      'holdfast.attempt.model': 'gpt-5',
      'error.type': '400',
    });
  });

  it('ends at the headers', async () => {
    const response = await fetchOf(cannedFetch(answer))();
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST']);
    await response.text();
    expect(recorder.spans).toHaveLength(2);
  });

  it('is the parent that the upstream sees, and the headers of the caller stay as they were', async () => {
    const upstream = cannedFetch(failure(503), answer);
    const headers = new Headers({ authorization: `Bearer ${apiKey}`, 'x-mine': '1' });
    const before = [...headers];
    await (await fetchOf(upstream, [telemetry(), retrying()])({ headers })).text();
    const { attempts } = treeOf(recorder.spans);
    const sent = upstream.calls.map(({ init }) => new Headers(init.headers));
    expect(sent.map((each) => each.get('traceparent'))).toEqual(
      attempts.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`),
    );
    expect(sent[0]?.get('x-mine')).toBe('1');
    expect([...headers]).toEqual(before);
  });

  it('sends no baggage to the upstream', async () => {
    const upstream = cannedFetch(answer);
    const baggage = propagation.createBaggage({ user: { value: 'alice' } });
    const within = propagation.setBaggage(context.active(), baggage);
    await context.with(within, async () => (await fetchOf(upstream)()).text());
    const sent = new Headers(upstream.calls[0]?.init.headers);
    expect(sent.get('baggage')).toBeNull();
    expect(sent.get('traceparent')).not.toBeNull();
  });

  it('is the only one: an instrumented transport draws none and injects nothing', async () => {
    const injected: Record<string, string> = {};
    const instrumented: Fetch = (input, init) => {
      const span = trace.getTracer('@opentelemetry/instrumentation-undici').startSpan('POST');
      propagation.inject(trace.setSpan(context.active(), span), injected);
      span.end();
      return cannedFetch(answer)(input, init);
    };
    await (await fetchOf(instrumented)()).text();
    expect(recorder.spans.map(({ name }) => name)).toEqual(['POST', 'chat gpt-5']);
    expect(injected).toEqual({});
  });
});
