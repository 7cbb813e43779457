import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cannedAnswer } from '../test/parts.ts';
import { readAnswer } from './answer.ts';

const json = (value: unknown) => readAnswer(typeof value === 'string' ? value : JSON.stringify(value));
const sse = (...events: object[]) =>
  readAnswer(() => events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`));

describe('readAnswer', () => {
  it('reads a chat completion', () => {
    expect(json(cannedAnswer)).toEqual({
      id: 'chatcmpl-canned',
      model: 'gpt-5-2025-08-07',
      finishReasons: ['stop'],
      usage: { inputTokens: 5, outputTokens: 3, cachedInputTokens: 0, reasoningTokens: 0 },
    });
  });

  it('reads a response, its details and how it ended', () => {
    const usage = {
      input_tokens: 9,
      output_tokens: 7,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens_details: { reasoning_tokens: 2 },
    };
    const response = {
      id: 'resp_1',
      model: 'gpt-5',
      status: 'incomplete',
      output: [{ type: 'message', status: 'completed' }],
      usage,
    };
    const expected = {
      id: 'resp_1',
      model: 'gpt-5',
      finishReasons: ['incomplete'],
      usage: { inputTokens: 9, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 2 },
    };
    expect(json(response)).toEqual(expected);
    expect(
      sse(
        { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5', status: 'in_progress', usage: null } },
        { type: 'response.incomplete', response },
      ),
    ).toEqual(expected);
  });

  it('reads the tier and the fingerprint, of a response those that it ended with', () => {
    expect(json({ choices: [], service_tier: 'flex', system_fingerprint: 'fp_1' })).toMatchObject({
      serviceTier: 'flex',
      systemFingerprint: 'fp_1',
    });
    const response = (tier: string) => ({ response: { id: 'r', model: 'm', service_tier: tier } });
    expect(sse(response('auto'), response('default')).serviceTier).toBe('default');
  });

  it.each([
    ['images', { created: 1, data: [], usage: { input_tokens: 5, output_tokens: 6 } }, 5, 6],
    ['transcriptions', { text: 'a', usage: { type: 'tokens', input_tokens: 5, output_tokens: 6 } }, 5, 6],
    ['speech that is streamed', { type: 'speech.audio.done', usage: { input_tokens: 5, output_tokens: 6 } }, 5, 6],
  ])('reads the tokens of %s', (_name, answer, inputTokens, outputTokens) => {
    expect(json(answer).usage).toMatchObject({ inputTokens, outputTokens });
    expect(sse({ type: 'first' }, answer).usage).toMatchObject({ inputTokens, outputTokens });
  });

  it('takes no seconds for tokens', () => {
    expect(json({ text: 'a', usage: { type: 'duration', seconds: 3 } }).usage).toBeUndefined();
  });

  it('reads a stream with its usage behind the finish', () => {
    const chunk = (more: object) => ({ id: 'c', model: 'm', ...more });
    const answer = sse(
      chunk({
        choices: [{ index: 0, delta: { content: '"finish_reason":"length"\u2028' }, finish_reason: null }],
        usage: null,
      }),
      chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }),
      chunk({
        choices: [],
        usage: { prompt_tokens: 2, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 1 } },
      }),
    );
    expect(answer).toMatchObject({
      id: 'c',
      model: 'm',
      finishReasons: ['tool_calls'],
      usage: { inputTokens: 2, cachedInputTokens: 1 },
    });
  });

  it('reads what stands behind a line separator within a text', () => {
    const text = `data: {"choices":[{"delta":{"content":"a\u2028b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}\n\n`;
    expect(readAnswer(() => [text])).toMatchObject({
      finishReasons: ['stop'],
      usage: { inputTokens: 1 },
    });
  });

  it.each<[string, unknown]>([
    ['negative numbers', { usage: { prompt_tokens: -1, completion_tokens: null, prompt_tokens_details: 'x' } }],
    ['words for numbers', { usage: { prompt_tokens: '5', prompt_tokens_details: null } }],
  ])('counts %s as none', (_name, value) => {
    expect(json(value).usage).toEqual({ inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 });
  });

  it('knows nothing of nothing, and of what is no answer', () => {
    const nothing = { id: undefined, model: undefined, usage: undefined, finishReasons: [] };
    expect(readAnswer(undefined)).toEqual(nothing);
    for (const text of ['', '[]', 'null', '{"id":5,"model":{},"usage":[1', '{"choices":', '{"status":"queued"}'])
      expect(json(text)).toMatchObject(nothing);
  });

  it('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom('json' as const, 'sse' as const),
        (text, format) => {
          expect(readAnswer(format === 'json' ? text : () => [text, `data: ${text}`]).finishReasons).toBeInstanceOf(
            Array,
          );
        },
      ),
    );
  });

  it('law: reads a small text, which it parses whole, as it reads a large one, which it searches', () => {
    const value = fc.oneof(fc.string(), fc.nat(), fc.constant(null), fc.boolean());
    const choice = fc.record({ finish_reason: fc.oneof(fc.constantFrom('stop', 'tool_calls'), value), text: value });
    const usage = fc.record({ prompt_tokens: value, output_tokens: value, input_tokens_details: value });
    const answer = fc.record(
      {
        ...{ id: value, model: value, usage: fc.oneof(usage, value), choices: fc.oneof(fc.array(choice), value) },
        ...{ status: fc.oneof(fc.constantFrom('completed', 'failed'), value), service_tier: value },
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(answer, fc.record({ response: answer })), (fields) => {
        const text = JSON.stringify(fields);
        expect(readAnswer(text.replace('{', `{${' '.repeat(5000)}`))).toEqual(readAnswer(text));
      }),
    );
  });
});
