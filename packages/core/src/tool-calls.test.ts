import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../test/bench.ts';
import { eventBytes, OpenToolCalls } from './index.ts';

const chat = (index: number, delta: object, reason: string | null = null): string =>
  JSON.stringify({ choices: [{ index, delta, finish_reason: reason }] });
const calls = { tool_calls: [{ index: 0, function: { arguments: '{' } }] };
const item = (step: 'added' | 'done', type: string, index = 0): string =>
  JSON.stringify({ type: `response.output_item.${step}`, output_index: index, item: { type } });

describe('calls to tools that a stream has begun', () => {
  it.each<[string, readonly (readonly [string, boolean])[]]>([
    [
      'of a chat completion are open until their choice ends',
      [
        [chat(0, { content: 'tool_calls' }), false],
        [chat(0, calls), true],
        [chat(0, calls), true],
        [chat(0, {}, 'tool_calls'), false],
      ],
    ],
    [
      'of several choices are open until the last of them ends',
      [
        [chat(0, calls), true],
        [chat(1, calls), true],
        [chat(0, {}, 'tool_calls'), true],
        [chat(1, {}, 'tool_calls'), false],
      ],
    ],
    [
      'in the old manner likewise, and never behind [DONE]',
      [
        [chat(0, { function_call: { arguments: '{' } }), true],
        ['[DONE]', false],
      ],
    ],
    [
      'of a response are open until their item is done',
      [
        [item('added', 'message'), false],
        [item('added', 'function_call', 1), true],
        ['{"type":"response.function_call_arguments.delta","delta":"{"}', true],
        [item('done', 'function_call', 1), false],
        [item('added', 'custom_tool_call', 2), true],
        ['{"type":"response.incomplete","response":{}}', false],
      ],
    ],
    [
      'are none that run upstream',
      [
        [item('added', 'web_search_call'), false],
        [item('added', 'mcp_call'), false],
      ],
    ],
    ['are none in an empty list', [[chat(0, { tool_calls: [] }), false]]],
  ])('%s', (_name, events) => {
    const open = new OpenToolCalls();
    for (const [data, isOpen] of events) {
      open.add(data);
      expect(open.any).toBe(isOpen);
    }
  });
});

describe('eventBytes', () => {
  it('cuts a block into its events and loses nothing, whatever ends their lines', () => {
    const line = fc.constantFrom('data: ä', ': ping', 'event: x', 'data:');
    const event = fc.tuple(fc.array(line, { minLength: 1, maxLength: 3 }), fc.constantFrom('\n', '\r\n', '\r'));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
        const texts = events.map(([lines, end]) => lines.map((one) => one + end).join('') + end);
        const cut = eventBytes(utf8(texts.join('')));
        expect(cut.map((bytes) => new TextDecoder().decode(bytes))).toEqual(texts);
        expect(concat(cut)).toEqual(new Uint8Array(utf8(texts.join(''))));
      }),
    );
  });

  it('keeps what has no blank line behind it', () => {
    expect(eventBytes(utf8('data: a\n\ndata: b\n')).map(({ length }) => length)).toEqual([9, 8]);
  });
});
