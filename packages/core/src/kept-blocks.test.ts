import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatBody, chatChunks, outcomeOf, streamAnswer } from '../test/bench.ts';
import type { Middleware } from './middleware.ts';

/** Asks for as much of every stream as `keptBytes`. */
const keeping = (keptBytes: number): Middleware => ({
  name: 'keeping',
  layer: 'telemetry',
  handle: (call, next) => next(call.with({ keptBytes })),
});

const words = Array.from({ length: 40 }, (_, index) => `word-${index} `);
const usage = 'data: {"id":"chatcmpl-canned","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":40}}\n\n';
const chunks = chatChunks(words).toSpliced(-1, 0, usage);
const size = chunks.join('').length;

async function outcome(keptBytes: number) {
  const upstream = cannedFetch(() => streamAnswer(chunks, { pulled: () => undefined }));
  const { post } = bench(upstream, { layers: [keeping(keptBytes)] });
  const response = await post({ body: chatBody.replace('{', '{"stream":true,') });
  const text = await response.text();
  return { ...(await outcomeOf(response)), text, known: await outcomeOf(response) };
}

describe('the text of a stream that was asked for', () => {
  it('is all of it where there is room', async () => {
    const { known, text } = await outcome(size);
    expect(known.texts.join('')).toBe(text);
    expect(text).toBe(chunks.join(''));
  });

  it('law: has its beginning without a gap, and whatever the room, the outcome knows tokens, model and end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size }), async (keptBytes) => {
        const { known } = await outcome(keptBytes);
        expect(known.usage).toMatchObject({ inputTokens: 9, outputTokens: 40 });
        expect(known.finishReasons).toEqual(['stop']);
        const text = known.texts.join('');
        const beginning = chunks.findIndex((chunk, index) => !text.startsWith(chunks.slice(0, index + 1).join('')));
        const rest = beginning === -1 ? '' : text.slice(chunks.slice(0, beginning).join('').length);
        expect(chunks.join('').endsWith(rest)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
