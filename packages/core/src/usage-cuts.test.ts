import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../test/parts.ts';
import { usageCuts } from './usage-cuts.ts';
import { UsageOmission } from './usage-omission.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const omitted = (text: string): string => decoder.decode(new UsageOmission().of(utf8(text)) ?? new Uint8Array());

const choices = '"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]';
const usage = '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"d":{"usage":[{}]}}';

describe('the usage of a chunk', () => {
  it.each([
    ['last', `{"id":"x",${choices},"usage":null}`, `{"id":"x",${choices}}`],
    ['first', `{"usage":null,"id":"x",${choices}}`, `{"id":"x",${choices}}`],
    ['in the middle', `{"id":"x","usage":null,${choices}}`, `{"id":"x",${choices}}`],
    ['alone', '{"usage":null}', '{}'],
    [
      'in front of padding',
      `{${choices},"usage":null,"obfuscation":"aB3\\"}"}`,
      `{${choices},"obfuscation":"aB3\\"}"}`,
    ],
    ['with blanks', `{"id": "x", ${choices}, "usage": null}`, `{"id": "x", ${choices}}`],
    ['with blanks everywhere', `{ "id" : 1 , "usage" : null , "b" : 2 }`, `{ "id" : 1 , "b" : 2 }`],
    ['with blanks, first', `{ "usage" : null , "b" : 2 }`, `{ "b" : 2 }`],
    ['with blanks, last', `{ "b" : 2 , "usage" : null }`, `{ "b" : 2 }`],
    ['as an object beside choices', `{"id":"x",${choices},${usage}}`, `{"id":"x",${choices}}`],
    ['as anything', '{"a":1,"usage":[1,{"usage":2}],"b":true}', '{"a":1,"b":true}'],
  ])('is taken out %s', (_name, data, rest) => {
    for (const [before, after] of [
      ['data: ', '\n\n'],
      ['data:', '\n\n'],
      ['data: ', '\r\n\r\n'],
      ['data: ', '\r\r'],
      ['data: ', ''],
      ['\ufeffdata: ', '\n\n'],
      [': ping\n\nevent: x\nid: 7\ndata: ', '\nretry: 3\n\n'],
    ] as const)
      expect(omitted(before + data + after)).toBe(before + rest + after);
  });

  it.each([
    ['in a string', String.raw`{"choices":[{"delta":{"content":"\",\"usage\":null}"}}]}`],
    ['in a string at the end', String.raw`{"a":"x,\"usage\":null}"}`],
    ['behind backslashes', String.raw`{"a":"\\\",\"usage\":null","b":"\\"}`],
    ['in a nested object', '{"x_groq":{"a":1,"usage":null},"b":[{"usage":null}]}'],
    ['as a value', '{"a":"usage","b":["usage"]}'],
    ['as the end of a key', String.raw`{"my usage":null,"x\"usage":null,"nousage":1}`],
    ['of another case', '{"Usage":null,"usage_metadata":null}'],
    ['in no JSON', 'usage":null}'],
    ['in half a JSON', String.raw`{"choices":[{"delta":{"content":"x,\"usage\":null}`],
    ['in a list', '[{"a":1,"usage":null}]'],
    ['in what only ends like an object', '1,"usage":null}'],
    ['in nothing', ''],
  ])('is not what looks like it %s', (_name, data) => {
    for (const br of ['\n', '\r\n', '\r']) {
      const text = `data: ${data}${br}${br}`;
      expect(omitted(text)).toBe(text);
      expect(usageCuts(utf8(text))).toEqual([]);
    }
  });

  it('is not what stands in comments, names and ids', () => {
    const text = ': ,"usage":null}\n\nevent: {"usage":null}\n\ndata: {"a":1}\nid: {"usage":null}\n\n';
    expect(omitted(text)).toBe(text);
  });

  it('is taken out of several lines of data', () => {
    const lines = (...all: string[]): string => `${all.map((line) => `data: ${line}`).join('\n')}\n\n`;
    expect(omitted(lines('{', '  "a": 1,', '  "usage": null', '}'))).toBe(lines('{', '  "a": 1', '}'));
    expect(omitted(lines('{', '  "usage": null,', '  "a": 1', '}'))).toBe(lines('{', '  "a": 1', '}'));
    expect(omitted(lines('{"a": "data: 1",', '"usage": {', '}, "b": 2}'))).toBe(lines('{"a": "data: 1", "b": 2}'));
  });
});

describe('the chunk that is sent for its usage', () => {
  const extra = `{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","service_tier":null,"choices":[],${usage}}`;

  it('goes as a whole, wherever it stands', () => {
    const others = [`data: {"id":"x",${choices}}\n\n`, 'data: [DONE]\n\n'] as const;
    for (const event of [`data: ${extra}\n\n`, `event: x\r\ndata: ${extra}\r\n\r\n`, `: p\ndata:${extra}\n\n`]) {
      expect(omitted(others[0] + event + others[1])).toBe(others.join(''));
      expect(omitted(event)).toBe('');
    }
    expect(omitted(`${others[0]}data: ${extra}`)).toBe(others[0]);
  });

  it.each([
    ['something else to tell', `{"choices":[],"prompt_filter_results":[{"prompt_index":0}],${usage}}`],
    ['a nested member', `{"choices":[],"x_groq":{"id":"y"},${usage}}`],
    ['no list of choices', `{"id":"x",${usage}}`],
    ['choices', `{"choices":[{}],${usage}}`],
  ])('is none with %s, which stays', (_name, data) => {
    expect(omitted(`data: ${data}\n\n`)).toBe(`data: ${data.replace(`,${usage}`, '')}\n\n`);
  });

  it('is none without a usage: the first of Azure is kept', () => {
    const first = '{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]';
    expect(omitted(`data: ${first},"usage":null}\n\n`)).toBe(`data: ${first}}\n\n`);
    expect(omitted('data: {"choices":[],"usage":null}\n\n')).toBe('data: {"choices":[]}\n\n');
  });
});

describe('whatever a chunk holds', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('usage', '"usage":null', ',"usage":null}', '\\', '\\"', '"', 'data: {"usage":null}\n\n', '}]'),
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    word,
    fc.constant({ usage: null, a: [{ usage: {} }] }),
    fc.array(word, { maxLength: 3 }),
  );
  const members = fc.array(
    fc.tuple(
      word.filter((key) => key !== 'usage'),
      value,
    ),
    { maxLength: 5 },
  );
  const styles = fc.constantFrom([',', ':', '', ''], [', ', ': ', '', ''], [' , ', ' : ', ' ', ' ']);
  const marks = fc.constantFrom('data: ', 'data:', 'event: x\ndata: ', ': c\n\ndata: ');
  const breaks = fc.constantFrom('\n', '\r\n', '\r');
  const usages = fc.constantFrom('null', '{}', '{"total_tokens":1,"a":{"usage":null}}', '7');

  it('only its own usage is taken out, and not a byte else is touched', () => {
    const chunk = fc.record({ members, style: styles, mark: marks, br: breaks, usage: usages, at: fc.nat() });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 4 }), (chunks) => {
        const written = chunks.map(({ members: list, style: [comma, colon, open, close], ...rest }) => {
          const texts = list.map(([key, member]) => `${JSON.stringify(key)}${colon}${JSON.stringify(member)}`);
          const asked = texts.toSpliced(rest.at % (texts.length + 1), 0, `"usage"${colon}${rest.usage}`);
          const event = (all: readonly string[]): string =>
            rest.mark.replaceAll('\n', rest.br) +
            (all.length === 0 ? `{${open}}` : `{${open}${all.join(comma)}${close}}`) +
            rest.br.repeat(2);
          return [event(asked), event(texts), texts.length] as const;
        });
        // What the only member leaves between its braces is nobody's concern.
        const plain = written.map(([, without]) => without).join('');
        const blank = (text: string): string => text.replaceAll(/\{ +\}/g, '{}');
        expect(blank(omitted(written.map(([asked]) => asked).join('')))).toBe(blank(plain));
        expect(omitted(plain)).toBe(plain);
      }),
      { numRuns: 500 },
    );
  });
});
