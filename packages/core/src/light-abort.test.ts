import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, hang } from '../test/bench.ts';
import { LightAbort, nativeSignal, type Fetch, type Middleware } from './index.ts';

describe('a light signal', () => {
  it('tells every listener once, and none that has left or came late', () => {
    const controller = new LightAbort();
    const told: string[] = [];
    const [one, two, three] = ['one', 'two', 'three'].map((name) => () => void told.push(name)) as [
      () => void,
      () => void,
      () => void,
    ];
    const { signal } = controller;
    signal.addEventListener('abort', one);
    signal.addEventListener('abort', one);
    signal.addEventListener('abort', two);
    signal.addEventListener('abort', three);
    signal.removeEventListener('abort', two);
    const reason = new Error('enough');
    controller.abort(reason);
    controller.abort(new Error('again'));
    signal.addEventListener('abort', two);
    expect(told).toEqual(['one', 'three']);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
    expect(() => signal.throwIfAborted()).toThrow(reason);
  });

  it('ends like a native one where no reason is given', () => {
    const controller = new LightAbort();
    controller.signal.throwIfAborted();
    controller.abort();
    expect(controller.signal.reason).toMatchObject({ name: 'AbortError' });
  });

  it('law: who came and left in whatever order, exactly those who are there are told', () => {
    const step = fc.record({ who: fc.nat(3), comes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const controller = new LightAbort();
        const told: number[] = [];
        const listeners = [0, 1, 2, 3].map((who) => () => void told.push(who));
        const there = new Set<number>();
        for (const { who, comes } of steps) {
          const listener = listeners[who] as () => void;
          if (comes) controller.signal.addEventListener('abort', listener);
          else controller.signal.removeEventListener('abort', listener);
          if (comes) there.add(who);
          else there.delete(who);
        }
        controller.abort();
        expect(told.toSorted()).toEqual([...there].toSorted());
      }),
    );
  });
});

describe('a light signal as a native one', () => {
  it('is the same each time, follows, and is aborted already where the light one is', () => {
    const controller = new LightAbort();
    const native = nativeSignal(controller.signal);
    expect(native).toBeInstanceOf(AbortSignal);
    expect(nativeSignal(controller.signal)).toBe(native);
    const reason = new Error('enough');
    controller.abort(reason);
    expect([native.aborted, native.reason]).toEqual([true, reason]);
    const late = new LightAbort();
    late.abort(reason);
    expect(nativeSignal(late.signal).reason).toBe(reason);
  });

  it('leaves a native one as it is', () => {
    const { signal } = new AbortController();
    expect(nativeSignal(signal)).toBe(signal);
  });

  it('is what a foreign fetch gets, and its abort reaches it', async () => {
    const controller = new LightAbort();
    const layer: Middleware = {
      name: 'light',
      layer: 'timeout',
      handle: (call, next) => next(call.with({ signal: controller.signal })),
    };
    const upstream = cannedFetch(hang);
    const { post } = bench(upstream as Fetch & typeof upstream, { layers: [layer] });
    const pending = post();
    await new Promise((resolve) => setImmediate(resolve));
    expect(upstream.calls[0]?.init.signal).toBeInstanceOf(AbortSignal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });
});
