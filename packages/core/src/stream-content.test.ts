import { describe, expect, it } from 'vitest';
import { contentOf, eventData } from './stream-content.ts';

const chat = (delta: object) => JSON.stringify({ id: '1', choices: [{ index: 0, delta, finish_reason: null }] });

describe('contentOf', () => {
  it.each<[string, string, object]>([
    ['a role', chat({ role: 'assistant', content: '' }), { kind: 'none', text: '' }],
    ['words', chat({ content: 'word ' }), { kind: 'text', text: 'word ' }],
    ['a refusal', chat({ refusal: 'No.' }), { kind: 'text', text: 'No.' }],
    ['a thought', chat({ reasoning_content: 'hm' }), { kind: 'reasoning', text: 'hm' }],
    [
      'a call to a tool',
      chat({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
      { kind: 'tool', text: '' },
    ],
    ['usage', JSON.stringify({ id: '1', choices: [], usage: {} }), { kind: 'none', text: '' }],
    ['a completion', JSON.stringify({ choices: [{ text: 'w' }] }), { kind: 'text', text: 'w' }],
    ['response.created', '{"type":"response.created","response":{}}', { kind: 'none', text: '' }],
    ['a delta', '{"type":"response.output_text.delta","delta":"w"}', { kind: 'text', text: 'w' }],
    ['arguments', '{"type":"response.function_call_arguments.delta","delta":"{"}', { kind: 'tool', text: '{' }],
    [
      'an item that is a call',
      '{"type":"response.output_item.added","item":{"type":"function_call"}}',
      { kind: 'tool', text: '' },
    ],
    [
      'an item that is a message',
      '{"type":"response.output_item.added","item":{"type":"message"}}',
      { kind: 'none', text: '' },
    ],
    [
      'a summary of thoughts',
      '{"type":"response.reasoning_summary_text.delta","delta":"h"}',
      { kind: 'reasoning', text: 'h' },
    ],
    ['the end', '[DONE]', { kind: 'none', text: '' }],
    ['half an event', '{"choices":[{"del', { kind: 'none', text: '' }],
    ['a number', '7', { kind: 'none', text: '' }],
  ])('%s', (_name, data, content) => {
    expect(contentOf(data)).toEqual(content);
  });
});

describe('eventData', () => {
  it('reads events whatever ends their lines, joins the lines of one, and passes comments over', () => {
    expect([...eventData('data: a\n\n: ping\n\nevent: x\r\ndata:b\r\ndata: c\r\n\r\n')]).toEqual(['a', 'b\nc']);
  });
});
