import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatChunks, jsonAnswer, streamAnswer, utf8 } from '../test/bench.ts';
import {
  askingFor,
  callOfTap,
  faultOf,
  observe,
  onSettled,
  outcomeOfTap,
  retakeBody,
  retap,
  type ByteSource,
  type Call,
  type Middleware,
  type Outcome,
} from './index.ts';

const blocks = (...texts: readonly string[]): ByteSource => {
  const queue = texts.map(utf8);
  return { read: () => queue.shift(), cancel: () => undefined };
};

/** A layer that gives the caller something else to read, between two that watch. */
function replacing(answer: () => Response, replace: (source: ByteSource, response: Response) => ByteSource) {
  const outer: Outcome[] = [];
  const inner: Outcome[] = [];
  let sent: Call | undefined;
  const watching = (name: string, layer: 'audit' | 'breaker', outcomes: Outcome[]): Middleware => ({
    name,
    layer,
    handle: (call, next) => observe(call, next, (outcome) => void outcomes.push(outcome)),
  });
  const middle: Middleware = {
    name: 'middle',
    layer: 'fallback',
    async handle(call, next) {
      const response = await next(call);
      const source = retakeBody(response);
      sent = callOfTap(response);
      if (source !== undefined) retap(call, response, replace(source, response));
      return response;
    },
  };
  const layers = [watching('outer', 'audit', outer), middle, watching('inner', 'breaker', inner)];
  return { ...bench(cannedFetch(answer), { layers }), outer, inner, sentCall: () => sent };
}

const whole = chatChunks(['a', 'b']);

describe('a stream that is given another in its place', () => {
  it('is the same response, whose outer and inner end are told apart', async () => {
    const answer = streamAnswer(whole.slice(0, 1));
    const { post, outer, inner } = replacing(
      () => answer,
      (source) => ({ ...blocks(...whole), cancel: (reason) => source.cancel(reason) }),
    );
    const response = await post();
    expect(response).toBe(answer);
    expect(await response.text()).toBe(whole.join(''));
    expect(outer.map(({ ok }) => ok)).toEqual([true]);
    expect(inner).toEqual([]);
  });

  it('tells an end of the first before that of the second', async () => {
    const { post, outer, inner } = replacing(
      () => streamAnswer(whole.slice(0, 1)),
      (source, response) => ({
        async read() {
          const block = await source.read();
          return outcomeOfTap(response)?.ending === 'failed' ? undefined : block;
        },
        cancel: (reason) => source.cancel(reason),
      }),
    );
    const text = await (await post()).text();
    // The news of the first was kept from the caller, and so the second has its own.
    expect(text.match(/"stream_interrupted"/g)).toHaveLength(2);
    expect(inner).toMatchObject([{ ending: 'failed' }]);
    expect(outer).toMatchObject([{ ending: 'failed', fault: { kind: 'stream_interrupted' } }]);
  });

  it('forwards its cancelling, and ends cancelled on both sides', async () => {
    const { post, outer, inner } = replacing(
      () => streamAnswer(whole),
      (source) => source,
    );
    const reader = ((await post()).body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect([outer, inner].map((outcomes) => outcomes.map(({ ending }) => ending))).toEqual([
      ['cancelled'],
      ['cancelled'],
    ]);
  });

  it('still stands for the fault that it stood for', async () => {
    const error = 'data: {"error":{"code":"server_error"}}\n\n';
    const layer: Middleware = {
      name: 'middle',
      layer: 'fallback',
      async handle(call, next) {
        const response = await next(call.with({ holdBack: {} }));
        retap(call, response, blocks('data: {"error":{"code":"other"}}\n\n'));
        return response;
      },
    };
    const { post } = bench(
      cannedFetch(() => streamAnswer([error])),
      { layers: [layer] },
    );
    const response = await post();
    expect(faultOf(response)?.kind).toBe('server_error');
    const outcomes: Outcome[] = [];
    onSettled(response, (outcome) => void outcomes.push(outcome));
    expect(await response.text()).toContain('other');
    expect(outcomes).toMatchObject([{ ending: 'failed' }]);
  });

  it('is none where there is no stream', async () => {
    const { post } = replacing(
      () => jsonAnswer(),
      () => blocks('never'),
    );
    expect(await (await post()).json()).toMatchObject({ object: 'chat.completion' });
  });

  it('tells of the call that it answered', async () => {
    const { post, sentCall } = replacing(
      () => streamAnswer(whole),
      (source) => source,
    );
    await (await post()).text();
    expect(sentCall()?.url).toBe('https://api.openai.com/v1/chat/completions');
  });
});

describe('another request within a call', () => {
  it('goes to the same endpoint with the same headers, and is bound by no timeout that was for headers', async () => {
    const derived: Call[] = [];
    const layer: Middleware = {
      name: 'asking',
      layer: 'fallback',
      async handle(call, next) {
        derived.push(call, askingFor(call, 'GET', `${call.route.path}/resp_1?stream=true`));
        return next(derived[1] as Call);
      },
    };
    const upstream = cannedFetch(() => jsonAnswer());
    const { resilient } = bench(upstream, { layers: [layer] });
    await resilient.fetch('https://my.openai.azure.com/openai/v1/responses?api-version=preview', {
      method: 'POST',
      body: '{"model":"gpt-5","background":true}',
      headers: { 'api-key': 'azure', 'x-stainless-timeout': '10' },
      holdfast: { tenant: 'acme' },
    } as RequestInit);
    const [{ url, init } = { url: '', init: {} }] = upstream.calls;
    expect(url).toBe('https://my.openai.azure.com/openai/v1/responses/resp_1?stream=true&api-version=preview');
    expect([init.method, init.body, new Headers(init.headers).get('api-key')]).toEqual(['GET', undefined, 'azure']);
    const [call, other] = derived;
    expect([call?.remainingMs(), other?.remainingMs()]).toEqual([10_000, Number.POSITIVE_INFINITY]);
    expect([other?.journey, other?.hints.tenant, other?.route.operation]).toEqual([call?.journey, 'acme', 'other']);
  });
});
