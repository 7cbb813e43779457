import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, cannedFetch, chatChunks, jsonAnswer, streamAnswer } from '../test/bench.ts';
import type { Middleware, Pace } from './index.ts';
import { contentOf, eventData } from './stream-content.ts';
import { paceEventOf, plainWord } from './pace.ts';

function paced(answer: () => Response, wantsEvents = true) {
  const told: string[] = [];
  const pace: Pace = {
    wantsWhole: false,
    wantsEvents,
    sent: () => void told.push('sent'),
    headersCame: (isStream) => void told.push(isStream ? 'stream' : 'headers'),
    arrived: () => void told.push('arrived'),
    waiting: () => void told.push('waiting'),
    came: () => void told.push('came'),
    event: (kind) => void told.push(kind),
  };
  const layer: Middleware = { name: 'paced', layer: 'timeout', handle: (call, next) => next(call.with({ pace })) };
  return { ...bench(cannedFetch(answer), { layers: [layer] }), told };
}

describe('the pace of an answer', () => {
  it('is told event by event, and for each read whether somebody waits', async () => {
    const { post, told } = paced(() => streamAnswer([': ping\n\n', ...chatChunks(['', 'a'])]));
    const response = await post();
    expect(told.splice(0)).toEqual(['sent', 'stream']);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    // Comments go on as they come.
    for (const expected of [[], ['none'], ['text'], ['none'], ['none'], []]) {
      await reader.read();
      expect(told.splice(0)).toEqual(['waiting', 'came', ...expected]);
    }
  });

  it('of several events in one read is told one by one', async () => {
    const { post, told } = paced(() => streamAnswer([chatChunks(['a', 'b']).join('')]));
    await (await post()).text();
    expect(told.filter((one) => one === 'text')).toHaveLength(2);
  });

  it('is told without the events where nobody wants those', async () => {
    const { post, told } = paced(() => streamAnswer(chatChunks(['a'])), false);
    await (await post()).text();
    expect(new Set(told)).toEqual(new Set(['sent', 'stream', 'waiting', 'came']));
  });

  it('is told that a plain answer is waited for, however it is read', async () => {
    for (const read of [(one: Response) => one.json(), (one: Response) => one.arrayBuffer()] as const) {
      const { post, told } = paced(() => jsonAnswer());
      await read(await post());
      expect(told).toEqual(['sent', 'headers', 'waiting']);
    }
  });

  it('is plain for most words, and never for what brings nothing', () => {
    const delta = (value: object): string =>
      chatChunks(['x'])[0]?.replace('{"content":"x"}', JSON.stringify(value)) ?? '';
    const word = 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"x"}\n\n';
    expect([delta({ content: 'x' }), word, word.slice(word.indexOf('data'))].map(plainWord)).toEqual([
      true,
      true,
      true,
    ]);
    const pieces = [
      '',
      'x',
      '"',
      '\\',
      '"delta":{"content":"x',
      '\\"delta":{"content":"x',
      'response.output_text.delta',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join('')),
        fc.constantFrom('content', 'role', 'refusal', 'reasoning_content'),
        (text, key) => {
          for (const block of [delta({ [key]: text }), delta({ role: 'assistant', [key]: text })])
            if (plainWord(block)) expect([...eventData(block)].map((data) => contentOf(data).kind)).toEqual(['text']);
        },
      ),
    );
  });

  it.each([
    ['{"type":"response.output_item.added","item":{"id":"rs_1","type":"reasoning"}}', 'thinking'],
    ['{"type":"response.output_item.added","item":{"id":"m_1","type":"message"}}', 'none'],
    ['{"type":"response.output_item.done","item":{"id":"rs_1","type":"reasoning"}}', 'none'],
    ['{"type":"response.reasoning_summary_text.delta","delta":"hm"}', 'reasoning'],
    [
      '{"type":"response.output_text.delta","delta":"\\"response.output_item.added\\" \\"type\\": \\"reasoning\\""}',
      'text',
    ],
    ['[DONE]', 'none'],
  ])('of %s is %s', (data, kind) => {
    expect(paceEventOf(data)).toBe(kind);
  });
});
