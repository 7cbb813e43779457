import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cannedFetch, chatChunks, errorAnswer, hang, jsonAnswer, streamAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { ending, setUp, turn } from '../test/service.ts';
import { FixedConcurrency } from './fixed-concurrency.ts';

const words = chatChunks(['a', 'b']);

describe('a fixed number of places', () => {
  it('is held until the body has ended, and not only until the headers came', async () => {
    const upstream = cannedFetch(() => jsonAnswer());
    const { call, stats } = setUp(upstream, { concurrency: 1 });
    const first = await call();
    const second = ending(call());
    await turn();
    expect([upstream.calls.length, stats()?.waiting]).toEqual([1, 1]);
    await first.text();
    expect(await second).toBe('ok');
    expect(stats()?.concurrency).toEqual({ inFlight: 0, limit: 1 });
  });

  it.each([
    ['has been read', (body: ReadableStream<Uint8Array>) => new Response(body).text()],
    ['was cancelled', (body: ReadableStream<Uint8Array>) => body.cancel()],
  ])('is held by a stream until it %s', async (_name, end) => {
    const upstream = cannedFetch(() => streamAnswer(words));
    const { call } = setUp(upstream, { concurrency: 1 });
    const first = await call({ fields: { stream: true } });
    const second = ending(call({ fields: { stream: true } }));
    await turn();
    expect(upstream.calls).toHaveLength(1);
    await end(first.body as ReadableStream<Uint8Array>);
    expect(await second).toBe('ok');
  });

  it('is given back by what failed, was refused, or was aborted', async () => {
    const broken = new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
    const upstream = cannedFetch(
      () => broken,
      () => errorAnswer(400),
      hang,
      () => jsonAnswer(),
    );
    const { call, stats, clock } = setUp(upstream, { concurrency: 1 });
    expect(await ending(call())).toBe('threw fetch failed');
    expect(await ending(call())).toBe('error');
    const controller = new AbortController();
    const aborted = ending(call({ signal: controller.signal }));
    const last = ending(call());
    controller.abort(new Error('enough'));
    expect([await aborted, await last]).toEqual(['threw enough', 'ok']);
    expect(stats()?.concurrency).toEqual({ inFlight: 0, limit: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts for each model on its own', async () => {
    const upstream = cannedFetch(hang);
    const { call } = setUp(upstream, { concurrency: 2 });
    for (const model of ['gpt-5', 'gpt-5', 'gpt-5', 'gpt-5-mini']) void ending(call({ model }));
    expect(upstream.calls).toHaveLength(3);
  });

  it('is never exceeded, and everybody gets one', async () => {
    let underWay = 0;
    let most = 0;
    const upstream = cannedFetch(async () => {
      most = Math.max(most, ++underWay);
      await turn();
      underWay--;
      return jsonAnswer();
    });
    const { call } = setUp(upstream, { concurrency: 7 });
    const endings = Array.from({ length: 300 }, () => ending(call()));
    expect(new Set(await Promise.all(endings))).toEqual(new Set(['ok']));
    expect(most).toBe(7);
  });

  it('is exceeded where it is only observed, without a rejection that nobody handles', async () => {
    const places = new FixedConcurrency(1);
    let freed = 0;
    places.onFree = () => void freed++;
    const slots = [places.enter(), places.enter(), places.enter()];
    expect([places.inFlight, places.hasRoom]).toEqual([3, false]);
    for (const slot of slots) slot.leave(undefined);
    await turn();
    expect([places.inFlight, places.hasRoom, freed]).toEqual([0, true, 3]);
  });

  it('is given back when an answer was dropped unread', async () => {
    const upstream = cannedFetch(() => streamAnswer(words));
    const { call, stats } = setUp(upstream, { concurrency: 1 });
    await call({ fields: { stream: true } });
    const second = ending(call({ fields: { stream: true } }));
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    for (let round = 0; round < 50 && (stats()?.waiting ?? 0) > 0; round++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await second).toBe('ok');
  });
});
