import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Body } from './body.ts';
import { editedMember } from './json-edit.ts';

const put = (text: string, value = '1'): string | undefined => editedMember(text, 'key_x', () => value);

describe('a member of a JSON text', () => {
  it.each([
    ['{"a":1}', '{"a":1,"key_x":1}'],
    ['{}', '{"key_x":1}'],
    [' { } \n', ' { "key_x":1} \n'],
    ['{"a": 1 }\n', '{"a": 1 ,"key_x":1}\n'],
    ['{"key_x":null,"b":2}', '{"key_x":1,"b":2}'],
    ['{"b":2,"key_x" : {"key_x":3} }', '{"b":2,"key_x" : 1 }'],
    ['{"a":{"key_x":3},"b":"\\"key_x\\":4"}', '{"a":{"key_x":3},"b":"\\"key_x\\":4","key_x":1}'],
    [String.raw`{"key\u005fx":3}`, String.raw`{"key\u005fx":1}`],
    ['{"key_x":3,"key_x":4}', '{"key_x":3,"key_x":1}'],
  ])('of %s is put in its place, or last', (text, result) => {
    expect(put(text)).toBe(result);
  });

  it.each(['', '[]', '[{"a":1}]', '"{}"', 'null', '{"a":1', 'x}'])('has no place in %j', (text) => {
    expect(put(text)).toBeUndefined();
  });

  it('is left as it is where the edit says so, and told to it', () => {
    const told: (string | undefined)[] = [];
    const edit = (value: string | undefined): undefined => void told.push(value);
    expect(editedMember('{"key_x": {"b" :1} }', 'key_x', edit)).toBeUndefined();
    expect(editedMember('{"a":1}', 'key_x', edit)).toBeUndefined();
    expect(told).toEqual(['{"b" :1}', undefined]);
  });

  it('changes nothing else of any object', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('"key_x":1', '}', '{"key_x":1}'));
    const key = fc.oneof(fc.string(), fc.constantFrom('key_x', 'key', '"key_x"'));
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.constantFrom(0, 2, '\t'), (given, space) => {
        const text = JSON.stringify(given, undefined, space);
        const object = JSON.parse(text) as Record<string, unknown>;
        const edited = put(text, '{"new":true}') as string;
        expect(JSON.parse(edited)).toEqual({ ...object, key_x: { new: true } });
        const kept = editedMember(edited, 'key_x', () => JSON.stringify(object['key_x'], undefined, space));
        if (Object.hasOwn(object, 'key_x')) expect(JSON.parse(kept as string)).toEqual(object);
        else expect(edited.startsWith(text.trimEnd().slice(0, -1))).toBe(true);
      }),
    );
  });
});

describe('a body with another member', () => {
  it('keeps the model and the streaming flag that it had', () => {
    const body = new Body('{"model":"gpt-5","stream":true,"n":1}');
    const edited = body.withMember('n', () => '2');
    expect([edited?.raw, edited?.model, edited?.stream]).toEqual([
      '{"model":"gpt-5","stream":true,"n":2}',
      'gpt-5',
      true,
    ]);
    expect(body.model).toBe('gpt-5');
    const other = body.withMember('model', () => '"gpt-4o"')?.withMember('stream', () => 'false');
    expect([other?.model, other?.stream]).toEqual(['gpt-4o', false]);
  });

  it('is none where there is no text', () => {
    for (const raw of [undefined, new FormData(), new Blob(['{}']), new ReadableStream(), new Uint8Array(2)])
      expect(new Body(raw).withMember('n', () => '1')).toBeUndefined();
  });
});
