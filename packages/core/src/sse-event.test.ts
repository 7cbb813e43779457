import { describe, expect, it } from 'vitest';
import { dataOf, errorOfEvent, isSound } from './sse-event.ts';

describe('dataOf', () => {
  it.each<[string, unknown]>([
    ['data: {"a":1}\n\n', { a: 1 }],
    ['data:{"a":1}', { a: 1 }],
    ['event: x\r\ndata: {"a":\r\ndata: 1}\r\nid: 4\r\n\r\n', { a: 1 }],
    ['data: {"text":"\u2028data: 5"}', { text: '\u2028data: 5' }],
    ['data: [DONE]\n\n', '[DONE]'],
    ['data: {"a":', undefined],
    ['event: x\n\n', undefined],
    ['mydata: 5\n\n', undefined],
    ['', undefined],
  ])('of %j is %j', (text, data) => expect(dataOf(text)).toEqual(data));
});

describe('isSound', () => {
  it.each<[string, boolean]>([
    ['data: {"a":1}', true],
    ['data: {"a":1}\n', true],
    ['data: [DONE]', true],
    [': keep alive', true],
    [': a\n: b\n', true],
    ['\n', true],
    ['data: {"a":1', false],
    ['data: [DO', false],
    ['dat', false],
    ['event: response.completed\n', false],
    [': a\nevent: b', false],
  ])('%j: %s', (text, sound) => expect(isSound(text)).toBe(sound));

  it('answers however many colons there are, where a backtracking pattern would go on for hours', () => {
    expect(isSound(`: ${':a'.repeat(500_000)}\ndata: {"a":${'[":"],'.repeat(1000)}`)).toBe(false);
  });
});

describe('errorOfEvent', () => {
  it.each<[string, object | undefined]>([
    ['data: {"error":{"code":"a","type":"b","message":"c"}}', { code: 'a', type: 'b', message: 'c' }],
    ['data: {"error":"overloaded"}', { code: 'overloaded' }],
    ['event: error\ndata: {"code":"a"}', { code: 'a' }],
    ['event: error\ndata: nonsense', {}],
    ['event:error\n', {}],
    ['data: {"type":"response.failed","response":{"error":{"code":"a"}}}', { code: 'a' }],
    ['data: {"type":"response.failed","response":{"error":null}}', {}],
    ['data: {"error":null,"code":"x"}', undefined],
    ['data: {"choices":[]}', undefined],
    ['event: error_free\ndata: {}', undefined],
    ['data: [DONE]', undefined],
    ['data: 5', undefined],
    ['', undefined],
  ])('of %j is %j', (text, body) => {
    if (body === undefined) expect(errorOfEvent(text)).toBeUndefined();
    else expect(errorOfEvent(text)).toMatchObject(body);
  });
});
