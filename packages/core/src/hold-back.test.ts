import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bench,
  bytesAnswer,
  cannedFetch,
  chatChunks,
  concat,
  jsonAnswer,
  outcomeOf,
  streamAnswer,
  turn,
  utf8,
} from '../test/bench.ts';
import { discard, faultOf, onFirstContent, onSettled, type HoldBack, type Middleware, type Outcome } from './index.ts';

const errorEvent = 'data: {"error":{"code":"server_error","message":"x"}}\n\n';
const streaming = { headers: { 'content-type': 'text/event-stream' } };
const argument = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] }, finish_reason: null }] })}\n\n`;

/** Sends a call whose stream is kept back. */
function holding(holdBack: HoldBack, answer: () => Response) {
  const outcomes: Outcome[] = [];
  const layer: Middleware = {
    name: 'holding',
    layer: 'fallback',
    handle: async (call, next) => {
      const response = await next(call.with({ holdBack }));
      onSettled(response, (outcome) => void outcomes.push(outcome));
      return response;
    },
  };
  return { ...bench(cannedFetch(answer), { layers: [layer] }), outcomes };
}

describe('a stream that is kept back', () => {
  it('is let go of by an error, though its connection stays open', async () => {
    const stuck = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8(errorEvent)),
      pull: () => new Promise(() => undefined),
    });
    const { post } = holding({}, () => new Response(stuck, streaming));
    expect(faultOf(await post())?.kind).toBe('server_error');
  });

  it('until its first content is committed by it, and reads no further', async () => {
    let pulled = 0;
    const chunks = [': ping\n\n', ...chatChunks(['', 'a', 'b', 'c'])];
    const { post } = holding({}, () => streamAnswer(chunks, { pulled: () => void pulled++ }));
    const response = await post();
    expect([faultOf(response), pulled]).toEqual([undefined, 3]);
    expect(await response.text()).toBe(chunks.join(''));
  });

  it.each<[string, HoldBack, number]>([
    ['two tokens', { tokens: 2 }, 2],
    ['a byte', { bytes: 1 }, 1],
    ['bytes before tokens', { tokens: 4, bytes: 200 }, 2],
    ['tokens before bytes', { tokens: 3, bytes: 100_000 }, 3],
    ['everything', { tokens: Number.POSITIVE_INFINITY }, 8],
  ])('until %s', async (_name, hold, events) => {
    let pulled = 0;
    const chunks = chatChunks(['a', 'b', 'c', 'd', 'e', 'f']);
    const { post } = holding(hold, () => streamAnswer(chunks, { pulled: () => void pulled++ }));
    const response = await post();
    expect(pulled).toBe(events);
    expect(await response.text()).toBe(chunks.join(''));
  });

  it('that fails before is a failed attempt, and can still be read, once', async () => {
    for (const chunks of [chatChunks(['']).slice(0, 1), [...chatChunks(['', '']).slice(0, 2), errorEvent]]) {
      const { post, outcomes } = holding({}, () => streamAnswer(chunks));
      const response = await post();
      expect(response.status).toBe(200);
      expect(faultOf(response)?.kind).toMatch(/stream_interrupted|server_error/);
      expect(outcomes).toMatchObject([{ ending: 'failed' }]);
      expect(response.bodyUsed).toBe(false);
      expect(await response.text()).toContain('"error"');
      expect(response.bodyUsed).toBe(true);
      await expect(response.text()).rejects.toThrow(TypeError);
      expect(outcomes).toHaveLength(1);
    }
  });

  it('that fails after is an answer that broke', async () => {
    const { post, outcomes } = holding({}, () => streamAnswer(chatChunks(['a', 'b']).slice(0, 2)));
    const response = await post();
    expect(faultOf(response)).toBeUndefined();
    await response.text();
    expect(outcomes).toMatchObject([{ ending: 'failed', fault: { kind: 'stream_interrupted' } }]);
  });

  it('is let go of by whoever discards it', async () => {
    let cancelled = false;
    const more = chatChunks(Array.from({ length: 2000 }, () => 'word '.repeat(20)));
    const { post } = holding({}, () => streamAnswer(more, { cancelled: () => void (cancelled = true) }));
    discard(await post());
    await expect.poll(() => cancelled).toBe(true);
  });

  it('keeps a call to a tool that it begins with until that is whole', async () => {
    const finish = chatChunks([])[0] as string;
    const whole = [argument('{"a"'), argument(':1}'), finish, 'data: [DONE]\n\n'];
    let pulled = 0;
    const { post } = holding({}, () => streamAnswer(whole, { pulled: () => void pulled++ }));
    const response = await post();
    expect(pulled).toBe(3);
    expect(await response.text()).toBe(whole.join(''));
    const cut = holding({}, () => streamAnswer(whole.slice(0, 2)));
    expect(faultOf(await cut.post())?.kind).toBe('stream_interrupted');
  });

  it('keeps no more than a megabyte, whatever it begins with', async () => {
    let pulled = 0;
    const long = Array.from({ length: 10 }, () => argument('x'.repeat(300_000)));
    const { post } = holding({}, () => streamAnswer(long, { pulled: () => void pulled++ }));
    await post();
    expect(pulled).toBe(4);
  });

  it('tells of its first content those who ask after it', async () => {
    const { post } = holding({}, () => streamAnswer(chatChunks(['a', 'b'])));
    const response = await post();
    const told: number[] = [];
    onFirstContent(response, (elapsedMs) => void told.push(elapsedMs));
    expect(told).toEqual([0]);
    await response.text();
    expect(told).toEqual([0]);
  });

  it('ends with the abort of its caller, which stands in the journey', async () => {
    const controller = new AbortController();
    const stalled = (): Response => {
      const body = new ReadableStream<Uint8Array>({
        start(source) {
          controller.signal.addEventListener('abort', () => source.error(controller.signal.reason));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    };
    const { post } = holding({}, stalled);
    const pending = post({ signal: controller.signal });
    await turn();
    controller.abort();
    await expect(pending).rejects.toBe(controller.signal.reason);
  });

  it('passes its bytes on unchanged, whatever the chunks are and however much is kept', async () => {
    const bytes = utf8([': ping\n\n', ...chatChunks(['Hel', 'ä', '\u{1f680}', 'd'])].join('').replaceAll('\n', '\r\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }),
        fc.record(
          { tokens: fc.integer({ min: 1, max: 6 }), bytes: fc.integer({ min: 1, max: 900 }) },
          { requiredKeys: [] },
        ),
        async (cuts, hold) => {
          const { post, outcomes } = holding(hold, () => bytesAnswer(bytes, cuts));
          const response = await post();
          const blocks: Uint8Array[] = [];
          for await (const block of response.body as unknown as AsyncIterable<Uint8Array>) blocks.push(block);
          expect(concat(blocks)).toEqual(new Uint8Array(bytes));
          expect(outcomes.map(({ ok }) => ok)).toEqual([true]);
        },
      ),
    );
  });

  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['arrayBuffer', (response) => response.arrayBuffer().then((buffer) => new TextDecoder().decode(buffer))],
    ['clone', (response) => response.clone().text()],
    ['clone and both', async (response) => [await response.clone().text(), await response.text()][1]],
    ['tee', (response) => new Response((response.body as ReadableStream).tee()[1]).text()],
  ])('is read by %s as any other', async (_reader, read) => {
    const chunks = chatChunks(['a', 'b']);
    const { post, outcomes } = holding({}, () => streamAnswer(chunks));
    expect(await read(await post())).toBe(chunks.join(''));
    await turn();
    expect(outcomes.map(({ ok }) => ok)).toEqual([true]);
  });

  it('is nothing to an answer that is no stream', async () => {
    const { post } = holding({}, () => jsonAnswer());
    const response = await post();
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toMatchObject({ object: 'chat.completion' });
    expect(await outcomeOf(response)).toMatchObject({ ok: true });
  });
});
