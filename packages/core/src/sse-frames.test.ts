import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../test/parts.ts';
import { SseFrames, type SseSign } from './sse-frames.ts';

/** Runs `bytes`, cut before each of `cuts`, through the frames. */
function run(bytes: Uint8Array, cuts: readonly number[]) {
  const signs: SseSign[] = [];
  const frames = new SseFrames((sign) => void signs.push(sign), true);
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const blocks: Uint8Array[] = [];
  for (const [index, edge] of edges.slice(1).entries()) {
    const block = frames.push(bytes.slice(edges[index], edge));
    if (block !== undefined) blocks.push(block.slice());
  }
  return { signs, blocks, rest: frames.rest(), events: frames.events };
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('event: error', '[DONE]', '"finish_reason":"stop"'),
);
const chunk = word.map((content) =>
  JSON.stringify({ id: 'c', choices: [{ delta: { content }, finish_reason: null }] }),
);
const line = fc.oneof(
  chunk.map((json) => `data: ${json}`),
  chunk.map((json) => `data:${json}`),
  fc.constantFrom(
    'data: [DONE]',
    'data: {"error":{"code":"x"}}',
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}',
    'event: error',
    'event: response.completed',
    'data: {"type":"response.failed"}',
    ': keep alive',
    'id: 7',
    'retry: 10',
    'data',
  ),
);
const event = fc.array(line, { minLength: 1, maxLength: 3 });
const breaks = fc.constantFrom('\n', '\r\n', '\r');
const events = fc
  .record({ list: fc.array(event, { maxLength: 8 }), br: breaks, bom: fc.boolean(), unended: fc.boolean() })
  .map(({ list, br, bom, unended }) => {
    const text = list.map((lines) => lines.map((each) => each + br).join('') + br).join('');
    return (bom ? '\ufeff' : '') + (unended ? text.slice(0, -br.length) : text);
  });
const cuts = fc.array(fc.nat(), { maxLength: 40 });

describe('SseFrames', () => {
  it('gives out the bytes that came, in blocks that end with an event, wherever they were cut', () => {
    fc.assert(
      fc.property(events, cuts, (text, at) => {
        const bytes = utf8(text);
        const { blocks, rest } = run(bytes, at);
        expect(concat([...blocks, rest ?? new Uint8Array()])).toEqual(bytes);
        for (const block of blocks) {
          const end = new TextDecoder().decode(block);
          expect(end).toMatch(/(?:\n|\r\n|\r)(?:\n|\r\n|\r)$|^(?:\n|\r\n|\r)$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same signs and counts the same events, wherever it was cut', () => {
    fc.assert(
      fc.property(events, cuts, (text, at) => {
        const bytes = utf8(text);
        const whole = run(bytes, []);
        const pieces = run(bytes, at);
        expect(pieces.signs).toEqual(whole.signs);
        expect(pieces.events).toBe(whole.events);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, SseSign[]]>([
    ['data: [DONE]\n\n', ['done']],
    ['data:[DONE]\r\n\r\n', ['done']],
    ['\ufeffdata: [DONE]\n\n', ['done']],
    ['event: error\ndata: {"message":"x"}\n\n', ['error']],
    ['data: {"error":{"message":"x"}}\n\n', ['error']],
    ['event: response.failed\ndata: {"type":"response.failed"}\n\n', ['failed']],
    ['data: {"type":"response.incomplete"}\n\n', ['terminal']],
    ['data: {"choices":[{"finish_reason":"stop"}]}\n\n', ['finish']],
    ['data: {"choices":[{"finish_reason" : "stop"},{"finish_reason": "length"}]}\n\n', ['finish', 'finish']],
    ['data: {"choices":[{"finish_reason":"error"}]}\n\n', ['error']],
    ['data: {"choices":[{"finish_reason":null}]}\n\n', []],
    ['data: {"choices":[{"finish_reason":""}]}\n\n', []],
    [`data: ${JSON.stringify({ content: '"finish_reason":"stop"' })}\n\n`, []],
    ['data: {"content":"data: [DONE]"}\n\n', []],
    ['event: constructor\ndata: {"type":"__proto__"}\n\n', []],
    ['event: response.completed\n', []],
    ['data: [DONE]', []],
    [': [DONE]\n\n', []],
  ])('reads %j as %j', (text, signs) => {
    expect(run(utf8(text), []).signs).toEqual(signs);
    expect(
      run(
        utf8(text),
        Array.from({ length: 200 }, (_, at) => at),
      ).signs,
    ).toEqual(signs);
  });

  it('does not copy a chunk that ends with an event', () => {
    const frames = new SseFrames(() => undefined, true);
    const whole = utf8('data: 1\n\n');
    expect(frames.push(whole)).toBe(whole);
  });

  it('does not change what it gave out when more comes', () => {
    const frames = new SseFrames(() => undefined, false);
    const blocks = ['data: 1', '1\n\nda', 'ta: 22\n\ndat', 'a: 333\n', '\n'].map((text) => frames.push(utf8(text)));
    expect(blocks.map((block) => block && new TextDecoder().decode(block))).toEqual([
      undefined,
      'data: 11\n\n',
      'data: 22\n\n',
      undefined,
      'data: 333\n\n',
    ]);
  });

  it('takes an event of four megabytes in kilobytes, and a stream byte by byte, in time', () => {
    const large = new SseFrames(() => undefined, true);
    large.push(utf8('data: {"b64":"'));
    const piece = new Uint8Array(1024).fill(0x41);
    for (let index = 0; index < 4096; index++) expect(large.push(piece)).toBeUndefined();
    expect(large.push(utf8('"}\n\n'))).toHaveLength(4 * 1024 * 1024 + 18);
    const slow = new SseFrames(() => undefined, true);
    const frame = utf8(`data: {"choices":[{"delta":{"content":"word"},"finish_reason":null}]}\n\n`);
    for (let index = 0; index < 5000; index++) {
      for (let at = 0; at < frame.length; at++) slow.push(frame.subarray(at, at + 1));
    }
    expect(slow.events).toBe(5000);
  });

  it('stops holding back what is larger than any event, and finds its feet at the next line', () => {
    const signs: SseSign[] = [];
    const frames = new SseFrames((sign) => void signs.push(sign), true);
    const piece = new Uint8Array(6 * 1024 * 1024).fill(0x41);
    frames.push(utf8('data: "'));
    const out = [piece, piece, piece].map((each) => frames.push(each)?.length);
    expect(out).toEqual([undefined, undefined, 18 * 1024 * 1024 + 7]);
    expect(frames.push(utf8('\n'))).toBeUndefined();
    expect(frames.push(utf8('\ndata: [DONE]\n\n'))?.length).toBe(16);
    expect(signs).toEqual(['done']);
  });
});
