import { describe, expect, it } from 'vitest';
import { both } from './both.ts';

const multipart = [
  '--knot',
  'content-disposition: form-data; name="model"',
  '',
  'whisper-1 ü',
  '--knot',
  'content-disposition: form-data; name="file"; filename="a.wav"',
  'content-type: audio/wav',
  '',
  'sound',
  '--knot--',
  '',
].join('\r\n');

const fields = async (response: Response): Promise<unknown> => {
  const form = await response.formData();
  const entries = await Promise.all(
    [...form].map(async ([name, value]) =>
      typeof value === 'string' ? [name, value] : [name, value.name, value.type, value.size, await value.text()],
    ),
  );
  return [entries, form instanceof FormData, response.bodyUsed];
};

describe('what an answer is read as is what the global fetch makes of it', () => {
  it.each([
    ['multipart/form-data; boundary=knot', multipart],
    ['multipart/form-data; boundary="knot"', multipart],
    ['multipart/form-data', multipart],
    ['multipart/form-data; boundary=other', multipart],
    ['multipart/form-data; boundary=knot', multipart.slice(0, 60)],
    ['application/x-www-form-urlencoded', 'a=1+2&b=%C3%BC&a=3'],
    ['application/x-www-form-urlencoded;charset=UTF-8', ''],
    ['application/json', '{}'],
    ['', 'a=1'],
  ])('formData() of %j', async (type, body) => {
    const headers = type === '' ? {} : { 'content-type': type };
    const { ours, native } = await both(
      (_request, response) => void response.writeHead(200, headers).end(body),
      fields,
    );
    expect(ours).toEqual(native);
  });

  it.each([
    'audio/mpeg',
    'Audio/MPEG; Rate=16000',
    'text/plain;charset=utf-8',
    'application/octet-stream',
    'nonsense',
    'text/html; charset="a b"',
    ' text/plain ',
  ])('blob() of %j', async (type) => {
    const { ours, native } = await both(
      (_request, response) => void response.writeHead(200, { 'content-type': type }).end(Buffer.from([0, 255, 128])),
      async (response) => {
        const blob = await response.blob();
        return [blob.type, blob.size, [...new Uint8Array(await blob.arrayBuffer())]];
      },
    );
    expect(ours).toEqual(native);
  });

  it.each([
    ['UTF-8 in single bytes', Buffer.from('ü€𝄞'), 'text/plain'],
    ['Latin-1 that says so', Buffer.from([0xe9, 0x20, 0xfc]), 'text/plain; charset=iso-8859-1'],
    ['UTF-16 with its mark', Buffer.from([0xff, 0xfe, 0x61, 0]), 'text/plain'],
    ['a sequence that breaks off', Buffer.from([0x61, 0xe2, 0x82]), 'text/plain'],
    ['surrogates', Buffer.from([0xed, 0xa0, 0x80]), 'text/plain'],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 'text/plain'],
    ['a mark in the middle', Buffer.from('a\ufeffb'), 'text/plain'],
    ['zeros', Buffer.from([0, 0x61, 0]), 'text/plain'],
  ])('text() of %s', async (_name, bytes, type) => {
    const { ours, native } = await both(
      async (_request, response) => {
        response.writeHead(200, { 'content-type': type });
        for (const byte of bytes) {
          response.write(Buffer.from([byte]));
          await new Promise(setImmediate);
        }
        response.end();
      },
      async (response) => {
        const copy = response.clone();
        return [await response.text(), await copy.text()];
      },
    );
    expect(ours).toEqual(native);
  });
});
