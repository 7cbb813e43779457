import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatBody, errorAnswer, jsonAnswer } from '../test/bench.ts';
import type { Call, Middleware, Next } from './index.ts';

const seeing = (layer: Middleware['layer'], seen: string[]): Middleware => ({
  name: layer,
  layer,
  handle(call, next) {
    seen.push(`${layer} ${String(call.body.raw)}`);
    return next(call);
  },
});

const doing = (beforeSending: Middleware['handle']): Middleware => ({
  name: 'doing',
  layer: 'telemetry',
  handle: (call, next) => next(call.with({ beforeSending })),
});

const shortened = (call: Call, next: Next): Promise<Response> =>
  next(call.with({ body: call.body.withMember('messages', () => 'null')! }));

const short = '{"model":"gpt-5","messages":null}';

describe('what a call does before it is sent', () => {
  it('is done in front of what signs, and behind everything else', async () => {
    const seen: string[] = [];
    const upstream = cannedFetch(() => jsonAnswer());
    const layers = [doing(shortened), seeing('retry', seen), seeing('auth', seen), seeing('sign', seen)];
    await bench(upstream, { layers }).post();
    expect(seen).toEqual([`retry ${chatBody}`, `auth ${chatBody}`, `sign ${short}`]);
    expect(upstream.calls.map(({ init }) => init.body)).toEqual([short]);
  });

  it('is done for each attempt, and may be done with another one', async () => {
    const again: Middleware['handle'] = async (call, next) => {
      const response = await next(call);
      return response.ok ? response : shortened(call, next);
    };
    const upstream = cannedFetch(
      () => errorAnswer(400),
      () => jsonAnswer(),
    );
    const response = await bench(upstream, { layers: [doing(again)] }).post();
    expect([response.status, ...upstream.calls.map(({ init }) => init.body)]).toEqual([200, chatBody, short]);
  });

  it('fails the call like a layer when it throws', async () => {
    const layers = [
      doing(() => {
        throw new Error('mine');
      }),
    ];
    await expect(bench(cannedFetch(), { layers }).post()).rejects.toThrow('mine');
  });
});
