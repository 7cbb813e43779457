import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadableStream as WebStream } from 'node:stream/web';
import { faultOf, faultOfThrown, pipeline, type Call, type Middleware } from '@holdfast/core';
import { cannedFetch, errorAnswer, jsonAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatUrl, gate, hmacKey, leave, origin, verdict } from '../../test/signed-request.ts';
import { sign, type SignOptions } from '../index.ts';
import { writeForm } from './multipart.ts';

const stream = (...parts: string[]): ReadableStream<Uint8Array> =>
  WebStream.from(parts.map((part) => Buffer.from(part))) as ReadableStream<Uint8Array>;

describe('a body is signed as it goes over the wire', () => {
  it.each<[string, () => unknown, string]>([
    ['text', () => 'grüße \ud800', 'text/plain;charset=UTF-8'],
    ['empty text', () => '', 'text/plain;charset=UTF-8'],
    ['parameters', () => new URLSearchParams({ a: 'b c', ä: '&' }), 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['bytes', () => Buffer.from([0, 255]), 'application/octet-stream'],
    ['a buffer', () => new Uint8Array([1, 2, 3]).buffer, 'application/octet-stream'],
    ['a view', () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2), 'application/octet-stream'],
    ['a blob', () => new Blob(['a', 'b'], { type: 'text/csv' }), 'text/csv'],
    ['a blob of no type', () => new Blob(['a']), 'application/octet-stream'],
  ])('%s', async (_name, body, type) => {
    const request = await leave({}, { body: body(), headers: {} });
    expect(request.headers['content-type']).toBe(type);
    expect(await verdict(gate(), request)).toBe('accepted');
    const own = await leave({ digest: 'sha-512' }, { body: body(), headers: { 'Content-Type': 'a/b' } });
    expect(own.headers['content-type']).toBe('a/b');
    expect(await verdict(gate(), own)).toBe('accepted');
  });

  it('a file, piece by piece', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-signing-'));
    try {
      await writeFile(join(folder, 'file'), Buffer.alloc(300_000, 'x'));
      const form = new FormData();
      form.append('file', await openAsBlob(join(folder, 'file')), 'file.jsonl');
      const request = await leave({}, { body: form, headers: {} });
      expect(request.body.byteLength).toBeGreaterThan(300_000);
      expect(await verdict(gate(), request)).toBe('accepted');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a form', () => {
  const form = (): FormData => {
    const given = new FormData();
    given.append('model', 'whisper-1');
    given.append('odd"\r\nname', 'one\ntwo\r\nthree\rfour');
    given.append('file', new File(['RIFF'], 'a "b"\n.wav', { type: 'audio/wav' }));
    given.append('empty', new File([], 'none'));
    return given;
  };

  it('is written once, with the boundary that is signed', async () => {
    const request = await leave({}, { body: form(), headers: { 'content-type': 'multipart/form-data; boundary=x' } });
    expect(request.headers['content-type']).toMatch(/^multipart\/form-data; boundary=holdfast-[0-9a-f]{36}$/);
    expect(await verdict(gate(), request)).toBe('accepted');
  });

  it('law: is written as the runtime writes it, but for files without a name, which stay files', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\r', '\n', 'ä', ' ', '%', ';') });
    const entry = fc.oneof(
      fc.tuple(text, text),
      fc.tuple(text, text, text).map(([name, content, file]) => [name, new File([content], `${file}.`)] as const),
    );
    const law = fc.asyncProperty(fc.array(entry, { maxLength: 4 }), async (entries) => {
      const given = new FormData();
      for (const [name, value] of entries) given.append(name, value as string);
      const theirs = new Response(given);
      const boundary = theirs.headers.get('content-type')?.split('boundary=')[1] as string;
      const { blob, type } = writeForm(given);
      const ours = (await blob.text()).replaceAll(type.split('boundary=')[1] as string, boundary);
      // A last line break is all that they differ in.
      expect(ours.trimEnd()).toBe((await theirs.text()).trimEnd());
    });
    await fc.assert(law, { numRuns: 200 });
  });

  it('is known by its model behind the signature as before', async () => {
    const seen: (string | undefined)[] = [];
    const look: Middleware = {
      name: 'look',
      layer: 'sign',
      handle: (call: Call, next) => {
        seen.push(call.body.model, String(call.body.stream), String(call.body.replayable));
        return next(call);
      },
    };
    const { fetch } = pipeline({ fetch: cannedFetch(() => jsonAnswer()) })
      .use(sign({ key: hmacKey, origins: [origin] }))
      .use(look)
      .build();
    await fetch(chatUrl, { method: 'POST', body: form() });
    expect(seen).toEqual(['whisper-1', 'false', 'true']);
  });
});

describe('a stream', () => {
  const send = (body: unknown, options: Partial<SignOptions> = {}, init: RequestInit = {}) => {
    const upstream = cannedFetch(() => jsonAnswer());
    const around: unknown[] = [];
    const watch: Middleware = {
      name: 'watch',
      layer: 'retry',
      handle: (call, next) =>
        next(call).catch((error: unknown) => {
          around.push(call.journey.entries.at(-1), faultOfThrown(call, error));
          throw error;
        }),
    };
    const { fetch } = pipeline({ fetch: upstream })
      .use(watch)
      .use(sign({ key: hmacKey, origins: [origin], ...options }))
      .build();
    const pending = fetch(chatUrl, { method: 'POST', body, duplex: 'half', ...init } as RequestInit);
    return { pending, upstream, around };
  };

  const unretried = { kind: 'bad_request', retryable: false, trips: false, fallsBack: false };

  it('is not sent, as its digest is not known', async () => {
    for (const body of [stream('a'), (async function* () {})()]) {
      const { pending, upstream, around } = send(body);
      await expect(pending).rejects.toMatchObject({ name: 'SigningError', reason: 'stream' });
      expect(upstream.calls).toHaveLength(0);
      expect(around).toMatchObject([{ type: 'refusal', layer: 'sign', code: 'unsignable_stream' }, unretried]);
    }
  });

  it('is read first where that is allowed, and then sent as its bytes', async () => {
    const request = await leave({ maxStreamBytes: 10 }, { body: stream('abcde', 'fghij'), duplex: 'half' } as never);
    expect(Buffer.from(request.body).toString()).toBe('abcdefghij');
    expect(await verdict(gate(), request)).toBe('accepted');
    async function* iterable() {
      yield 'abc';
      yield Buffer.from('def');
    }
    expect(await verdict(gate(), await leave({ maxStreamBytes: 10 }, { body: iterable() }))).toBe('accepted');
  });

  it('that is too long is given up, and told so', async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel: () => void (cancelled = true),
    });
    const { pending, upstream } = send(endless, { maxStreamBytes: 5000 });
    await expect(pending).rejects.toMatchObject({ reason: 'stream_too_long' });
    expect([cancelled, upstream.calls.length]).toEqual([true, 0]);
  });

  it('that hangs is waited for no longer than the caller waits', async () => {
    const controller = new AbortController();
    let cancelled: unknown;
    const silent = new ReadableStream({
      pull: () => new Promise(() => undefined),
      cancel: (why) => void (cancelled = why),
    });
    const { pending } = send(silent, { maxStreamBytes: 1 }, { signal: controller.signal });
    const reason = new Error('gone');
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(cancelled).toBe(reason);
  });

  it.each<[string, unknown, string]>([
    ['of numbers', WebStream.from([1]), 'body_unknown'],
    ['that is none, but an object of some kind', { toString: () => 'x' }, 'body_unknown'],
  ])('%s is not sent', async (_name, body, reason) => {
    const { pending, upstream } = send(body, { maxStreamBytes: 10 });
    await expect(pending).rejects.toMatchObject({ reason });
    expect(upstream.calls).toHaveLength(0);
  });

  it('a type that no signature covers is not sent', async () => {
    const { pending } = send('a', {}, { headers: { 'content-type': 'text/plain; a=\u00e4' } });
    await expect(pending).rejects.toMatchObject({ reason: 'unprintable' });
  });
});

it("a gateway's own 403 for a signature burns no credential, and is handed back as it came", async () => {
  const answer = errorAnswer(403, { code: 'signature_invalid' });
  const { fetch } = pipeline({ fetch: cannedFetch(() => answer) })
    .use(sign({ key: hmacKey, origins: [origin] }))
    .build();
  const response = await fetch(chatUrl, { method: 'POST', body: '{}' });
  expect(response).toBe(answer);
  expect(faultOf(response)?.kind).toBe('permission_denied');
});
