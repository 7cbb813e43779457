import { describe, expect, it } from 'vitest';
import { bench, cannedAnswer, cannedFetch, jsonAnswer, outcomeOf } from '../test/bench.ts';

const read = async (answer: () => Response) => {
  const response = await bench(cannedFetch(answer)).post();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
  return { bytes, outcome: await outcomeOf(response) };
};

const pieces = (text: string, size: number, type = 'application/json'): Response => {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': type } });
};

describe('a JSON answer that is read piece by piece', () => {
  const text = JSON.stringify({ ...cannedAnswer, words: 'ä€😀' });

  it('tells its tokens, its model and its end, wherever it was cut', async () => {
    for (const size of [1, 7, 1000]) {
      const { bytes, outcome } = await read(() => pieces(text, size));
      expect(bytes).toBe(new TextEncoder().encode(text).length);
      expect(outcome).toMatchObject({ ok: true, model: 'gpt-5-2025-08-07', finishReasons: ['stop'] });
      expect(outcome.usage).toMatchObject({ inputTokens: 5, outputTokens: 3 });
      expect(outcome.texts).toEqual([text]);
    }
  });

  it('is judged as one that is read whole', async () => {
    const { outcome } = await read(() => pieces(text.slice(0, -9), 100));
    expect(outcome).toMatchObject({ ending: 'failed', fault: { kind: 'malformed_response' } });
  });

  it('is not kept if it is very long, nor if it is no JSON', async () => {
    const long = JSON.stringify({ ...cannedAnswer, words: 'x'.repeat(2 * 1024 * 1024) });
    for (const answer of [() => pieces(long, 65_536), () => pieces(text, 100, 'audio/mpeg')]) {
      const { outcome } = await read(answer);
      expect(outcome).toMatchObject({ ok: true, usage: undefined, texts: [] });
    }
    expect((await read(() => jsonAnswer(cannedAnswer))).outcome.ok).toBe(true);
  });
});
