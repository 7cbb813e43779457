import { cannedFetch, errorAnswer, hang } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, dying, readAll, setUp, whole } from '../test/service.ts';

describe('what a circuit counts', () => {
  it.each([
    ['an overloaded upstream', down],
    ['a server error', () => errorAnswer(500)],
    ['a broken connection', () => new TypeError('fetch failed')],
    ['a stream that dies after its first words', dying],
    ['a page in place of an answer', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ])('opens on %s', async (_name, answer) => {
    const { calls, state } = setUp(cannedFetch(answer));
    await calls(4);
    expect(state()).toBe('closed');
    await calls(1);
    expect(state()).toBe('open');
  });

  it.each([
    ['a wrong request', () => errorAnswer(400)],
    ['a dead key', () => errorAnswer(401, { code: 'invalid_api_key' })],
    ['a rate limit', () => errorAnswer(429, { code: 'rate_limit_exceeded' })],
    ['a spent quota', () => errorAnswer(429, { code: 'insufficient_quota' })],
    ['a model that does not exist', () => errorAnswer(404, { code: 'model_not_found' })],
    ['a filtered prompt', () => errorAnswer(400, { code: 'content_filter' })],
  ])('never opens on %s, nor takes it for a success', async (_name, answer) => {
    const { calls, state } = setUp(
      cannedFetch(...Array.from({ length: 54 }, (_, n) => (n % 11 === 0 && n < 44 ? down : answer)), down),
    );
    await calls(54);
    expect(state()).toBe('closed');
    // The fifth failure in a row: nothing in between was a success.
    await calls(1);
    expect(state()).toBe('open');
  });

  it('never opens on callers who go away', async () => {
    const { call, state } = setUp(cannedFetch(hang));
    for (let index = 0; index < 50; index++) {
      const controller = new AbortController();
      const pending = call({ signal: controller.signal });
      controller.abort();
      await expect(pending).rejects.toThrow();
    }
    expect(state()).toBe('closed');
  });

  it('never opens on callers who stop reading', async () => {
    const { call, state } = setUp(cannedFetch(whole));
    for (let index = 0; index < 50; index++) {
      const reader = ((await call()).body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      await reader.cancel();
    }
    expect(state()).toBe('closed');
  });

  it('waits for the body: twenty streams with good headers decide nothing yet', async () => {
    const { call, state } = setUp(cannedFetch(dying));
    const responses = await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(state()).toBe('closed');
    for (const response of responses.slice(0, 5)) await readAll(Promise.resolve(response));
    expect(state()).toBe('open');
  });

  it('takes a stream that is read to its end for a success', async () => {
    const { calls, state } = setUp(cannedFetch(down, down, down, down, whole, down));
    await calls(9);
    expect(state()).toBe('closed');
  });
});
