import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Body, type RawBody } from './body.ts';

afterEach(() => vi.restoreAllMocks());

const bytes = new TextEncoder().encode('{"model":"gpt-5"}');
const stream = (): ReadableStream => new ReadableStream({ pull: (controller) => controller.close() });
async function* iterable() {
  yield bytes;
}

describe('Body', () => {
  it.each<[string, string, string | undefined, boolean]>([
    ['a chat request', '{"model":"gpt-5","messages":[{"model":"x","stream":true}]}', 'gpt-5', false],
    ['a streamed one', '{"stream":true,"model":"gpt-5"}', 'gpt-5', true],
    ['stream as a text', '{"model":"m","stream":"true"}', 'm', false],
    ['stream with an escaped key', String.raw`{"model":"m","\u0073tream":true}`, 'm', true],
    ['a model twice', '{"model":"first","stream":false,"model":"last","stream":true}', 'last', true],
    ['a model with escapes', String.raw`{"model":"gp\u0074-\"5\""}`, 'gpt-"5"', false],
    ['a model that is no text', '{"model":5}', undefined, false],
    ['a model of null', '{"model":null}', undefined, false],
    ['a text cut before the model', '{"model":', undefined, false],
    ['a text cut in the model', '{"model":"gpt', undefined, false],
    ['an array', '[1]', undefined, false],
    ['no JSON', 'model=gpt-5', undefined, false],
    ['nothing', '', undefined, false],
  ])('reads model and stream of %s', (_name, text, model, streamed) => {
    const body = new Body(text);
    expect(body.model).toBe(model);
    expect(body.stream).toBe(streamed);
    const json = body.json();
    if (json !== undefined) expect(typeof json['model'] === 'string' ? json['model'] : undefined).toBe(model);
  });

  it('reads model and stream of a form, and of nothing else that is no text', () => {
    const form = new FormData();
    form.set('model', 'whisper-1');
    form.set('stream', 'true');
    expect([new Body(form).model, new Body(form).stream]).toEqual(['whisper-1', true]);
    for (const raw of [
      bytes,
      bytes.buffer,
      stream(),
      iterable(),
      new Blob([bytes]),
      new URLSearchParams('model=x'),
      null,
      undefined,
    ])
      expect([
        new Body(raw as RawBody).model,
        new Body(raw as RawBody).stream,
        new Body(raw as RawBody).json(),
      ]).toEqual([undefined, false, undefined]);
  });

  it('knows what can be sent twice', () => {
    for (const raw of [
      '',
      'x',
      bytes,
      bytes.buffer,
      new FormData(),
      new Blob([]),
      new URLSearchParams(),
      undefined,
      null,
      5,
    ])
      expect(new Body(raw as RawBody).replayable).toBe(true);
    for (const raw of [stream(), iterable()]) expect(new Body(raw as RawBody).replayable).toBe(false);
  });

  it('knows sizes only where nothing has to be read for them', () => {
    const sizes = ['four', bytes, bytes.buffer, new Blob(['12345']), undefined, stream(), new FormData(), 5].map(
      (raw) => new Body(raw as RawBody).sizeBytes,
    );
    expect(sizes).toEqual([4, bytes.length, bytes.length, 5, 0, undefined, undefined, undefined]);
  });

  it('replaces the model and keeps every other character', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.string(),
        fc.constantFrom(undefined, 1, '\t'),
        (rest, from, to, space) => {
          const around = { ...rest, model: from, user: 'me' };
          const text = JSON.stringify(around, null, space);
          const body = new Body(text).withModel(to) as Body;
          expect(body.model).toBe(to);
          // The same text that the caller would have written.
          expect(body.raw).toBe(JSON.stringify({ ...around, model: to }, null, space));
          expect(body.withModel(from)?.raw).toBe(text);
        },
      ),
    );
  });

  it('replaces the model of a form in its place, with files and order kept', async () => {
    const form = new FormData();
    form.append('language', 'en');
    form.append('model', 'whisper-1');
    form.append('file', new File(['la la'], 'song.mp3', { type: 'audio/mpeg' }));
    form.append('include[]', 'a');
    form.append('include[]', 'b');
    const changed = new Body(form).withModel('gpt-transcribe') as Body;
    expect(changed.model).toBe('gpt-transcribe');
    expect(form.get('model')).toBe('whisper-1');
    const entries = [...(changed.raw as FormData).entries()];
    expect(entries.map(([name]) => name)).toEqual(['language', 'model', 'file', 'include[]', 'include[]']);
    const file = entries[2]?.[1] as File;
    expect([file.name, file.type, await file.text()]).toEqual(['song.mp3', 'audio/mpeg', 'la la']);
  });

  it.each(['{"model":', '{"model":5}', '{"mod', '[1]', '{}', ''])('has no model to replace in %j', (text) => {
    expect(new Body(text).withModel('x')).toBeUndefined();
  });

  it('has no model to replace in what it does not read', () => {
    for (const raw of [bytes, stream(), new FormData(), undefined])
      expect(new Body(raw as RawBody).withModel('x')).toBeUndefined();
  });

  it('parses at most once, be the text good or bad, and not at all for the model alone', () => {
    const whole = vi.spyOn(JSON, 'parse');
    for (const text of [`{"model":"m","messages":["${'x'.repeat(100)}"]}`, '{"poison":', '[1]', '"text"', 'null']) {
      const body = new Body(text);
      void body.model;
      void body.stream;
      expect(whole.mock.calls.filter(([parsed]) => parsed === text)).toHaveLength(0);
      expect(body.json()).toBe(body.json());
      expect(whole.mock.calls.filter(([parsed]) => parsed === text)).toHaveLength(1);
      whole.mockClear();
    }
  });

  it('sends the very object that came', () => {
    for (const raw of ['x', bytes, stream(), new FormData()]) expect(new Body(raw as RawBody).raw).toBe(raw);
    expect(new Body(null).raw).toBeUndefined();
    expect(new Body('{}').withJson({ model: 'x' }).raw).toBe('{"model":"x"}');
  });
});

describe('law: the model is the one that a server reads', () => {
  const key = fc.constantFrom('"model"', '"mod\\u0065l"', '"messages"', '"stream"', '"x"');
  const value = fc.constantFrom(
    '"gpt-5"',
    '"gpt\\u002d5"',
    '""',
    '7',
    'null',
    '{"model":"in"}',
    '"\\"model\\":\\"no\\""',
    '"\\\\"',
  );
  const member = fc.tuple(key, value).map((pair) => pair.join(':'));
  const members = fc.array(member, { maxLength: 4 }).map((rest) => rest.join(','));

  it('wherever and however often it stands', () => {
    const text = fc.tuple(fc.constantFrom('{', '{"model":"first",', '{ "model" : "spaced" ,'), members).map((parts) => {
      const open = parts[1] === '' ? (parts[0] ?? '').replace(/ ?,$/, '') : parts[0];
      return `${open}${parts[1]}}`;
    });
    fc.assert(
      fc.property(text, (json) => {
        const { model } = JSON.parse(json) as { model?: unknown };
        expect(new Body(json).model).toBe(typeof model === 'string' ? model : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['{"model":"gpt-5"', '{"model":"gpt-5', '{"model":"', '{"model":"gpt-5"]'])(
    '%s has none or that one',
    (json) => {
      expect([undefined, 'gpt-5']).toContain(new Body(json).model);
    },
  );
});
