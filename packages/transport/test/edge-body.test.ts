import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { both, told, type Look } from './both.ts';

const json: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'Application/JSON; Charset=UTF-8' });
  response.write('{"a":');
  setImmediate(() => response.end('"ü€𝄞"}'));
};
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');
const streamOf = (response: Response): ReadableStream<Uint8Array> => response.body as ReadableStream<Uint8Array>;

async function drained(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return text(Buffer.concat(chunks));
}

const reading: Record<string, Look<unknown>> = {
  'clone() and then both': async (response) => {
    const copy = response.clone();
    const seen = [copy.status, copy.url, copy.redirected, copy.bodyUsed, copy instanceof Response];
    return [seen, [...copy.headers.keys()], await Promise.all([copy.text(), response.text()]), copy.bodyUsed];
  },
  'clone() of a clone': async (response) => {
    const copy = response.clone();
    const third = copy.clone();
    return Promise.all([response.text(), copy.text(), third.json()]);
  },
  'clone() whose original is given up': async (response) => {
    const copy = response.clone();
    void response.body?.cancel();
    return [await copy.text(), response.bodyUsed];
  },
  'clone() of a held body': async (response) => [
    response.body?.getReader().closed instanceof Promise,
    response.clone(),
  ],
  'clone() of a body that is half read': async (response) => {
    const reader = streamOf(response).getReader();
    await reader.read();
    reader.releaseLock();
    return response.clone();
  },
  'tee()': async (response) => {
    const [left, right] = streamOf(response).tee();
    return [await drained(left), await drained(right), response.bodyUsed, streamOf(response).locked];
  },
  'tee() with one side cancelled': async (response) => {
    const [left, right] = streamOf(response).tee();
    void left.cancel('no');
    return drained(right);
  },
  'every way twice': async (response) => {
    await response.json();
    return Promise.all(
      (['text', 'json', 'arrayBuffer', 'blob', 'formData', 'bytes'] as const).map((way) => told(() => response[way]())),
    );
  },
  'two reads at once': (response) => Promise.all([told(() => response.text()), told(() => response.json())]),
  'every way while somebody holds it': async (response) => {
    const reader = streamOf(response).getReader();
    const refused = await Promise.all(
      (['text', 'json', 'arrayBuffer', 'blob', 'bytes'] as const).map((way) => told(() => response[way]())),
    );
    return [refused, response.bodyUsed, text((await reader.read()).value).length > 0, response.bodyUsed];
  },
  'text() of what is half read': async (response) => {
    const reader = streamOf(response).getReader();
    await reader.read();
    reader.releaseLock();
    return [response.bodyUsed, await told(() => response.text())];
  },
  'text() after the reader was let go without a read': async (response) => {
    streamOf(response).getReader().releaseLock();
    return [response.bodyUsed, await response.text()];
  },
  'two readers': (response) => [
    streamOf(response).getReader() instanceof ReadableStreamDefaultReader,
    streamOf(response).getReader(),
  ],
  'two reads of one reader at once': async (response) => {
    const reader = streamOf(response).getReader();
    const [first, second, third] = await Promise.all([reader.read(), reader.read(), reader.read()]);
    return text(first.value) + text(second.value) + text(third.value);
  },
  'closed of a reader': async (response) => {
    const reader = streamOf(response).getReader();
    while (!(await reader.read()).done);
    return [await reader.closed, await reader.read(), streamOf(response).locked];
  },
  'a read after releaseLock()': async (response) => {
    const reader = streamOf(response).getReader();
    reader.releaseLock();
    return [await told(() => reader.read()), await told(() => reader.cancel())];
  },
  'a BYOB reader to the end': async (response) => {
    const reader = streamOf(response).getReader({ mode: 'byob' });
    let all = '';
    let buffer = new Uint8Array(5);
    for (;;) {
      const { done, value } = await reader.read(buffer);
      if (done) return [all, value?.byteLength, response.bodyUsed];
      all += text(value);
      buffer = new Uint8Array(value.buffer);
    }
  },
  'a BYOB reader and a default one after it': async (response) => {
    const byob = streamOf(response).getReader({ mode: 'byob' });
    const { value } = await byob.read(new Uint8Array(2));
    byob.releaseLock();
    return text(value) + (await drained(streamOf(response)));
  },
  'cancel()': async (response) => [
    await response.body?.cancel('no'),
    response.bodyUsed,
    streamOf(response).locked,
    await told(() => response.text()),
    await streamOf(response).getReader().read(),
  ],
  'cancel() while it is held': async (response) => {
    streamOf(response).getReader();
    return told(() => streamOf(response).cancel());
  },
  'for await with a break': async (response) => {
    for await (const chunk of streamOf(response)) if (chunk.length > 0) break;
    return [response.bodyUsed, streamOf(response).locked, await told(() => response.text())];
  },
  'values() with preventCancel': async (response) => {
    let start = '';
    for await (const chunk of streamOf(response).values({ preventCancel: true })) {
      start = text(chunk);
      break;
    }
    return start + (await drained(streamOf(response)));
  },
  'pipeTo a WritableStream': async (response) => {
    let all = '';
    const sink = new WritableStream<Uint8Array>({ write: (chunk) => void (all += text(chunk)) });
    await response.body?.pipeTo(sink);
    return [all, response.bodyUsed, streamOf(response).locked];
  },
  'pipeTo with an abort': async (response) => {
    const signal = AbortSignal.abort(new Error('no'));
    return [await told(() => response.body?.pipeTo(new WritableStream(), { signal })), response.bodyUsed];
  },
  'pipeThrough a decoder': async (response) => {
    let all = '';
    for await (const part of streamOf(response).pipeThrough(new TextDecoderStream() as never)) all += String(part);
    return all;
  },
  'a new Response of the body': async (response) => {
    const made = new Response(response.body, response);
    return [made.status, [...made.headers.keys()], await made.text(), response.bodyUsed, streamOf(response).locked];
  },
  'a new Response of a body that is spent': async (response) => {
    await response.text();
    return new Response(response.body);
  },
  'a request made of the body': async (response) => {
    const request = new Request('http://127.0.0.1/', { method: 'POST', body: response.body, duplex: 'half' } as never);
    return [await request.text(), response.bodyUsed];
  },
  'its bytes in a buffer of their own': async (response) => {
    const buffer = await response.arrayBuffer();
    return [buffer instanceof ArrayBuffer, buffer.byteLength, text(new Uint8Array(buffer))];
  },
  'bytes() in a buffer of their own': async (response) => {
    const { buffer, byteOffset, byteLength } = await response.bytes();
    return [buffer.byteLength, byteOffset, byteLength];
  },
  'blob() with its type': async (response) => {
    const blob = await response.blob();
    return [blob.type, blob.size, blob instanceof Blob, blob.constructor.name, await blob.text()];
  },
  'JSON, keys and tags': (response) => [
    JSON.stringify(response),
    Object.keys(response),
    Object.prototype.toString.call(response),
    Object.prototype.toString.call(response.body),
    response.body?.constructor === ReadableStream,
  ],
  'assignment to a field': (response) => {
    (response as { status: number }).status = 500;
    return response.status;
  },
};

describe('a body of the transport is that of the global fetch', () => {
  it.each(Object.entries(reading))('%s', async (_name, look) => {
    const { ours, native } = await both(json, look);
    expect(ours).toEqual(native);
  });

  it.each([
    ['what is no JSON', '{"a":'],
    ['HTML', '<html><body>502 Bad Gateway</body></html>'],
    ['nothing', ''],
    ['a long text', `{"a": "${'x'.repeat(500)}`],
    ['a byte order mark and JSON', '\ufeff{"a":1}'],
    ['a lone byte order mark', '\ufeff'],
    ['a number', ' 1e3 '],
    ['a name that is __proto__', '{"__proto__":{"a":1}}'],
  ])('json() of %s', async (_name, body) => {
    const { ours, native } = await both(
      (_request, response) => response.end(body),
      async (response) => {
        const copy = response.clone();
        return [await told(() => response.json()), response.bodyUsed, await copy.text()];
      },
    );
    expect(ours).toEqual(native);
    const plain = await both(
      (_request, response) => response.end(body),
      (response) => response.json(),
    );
    expect(plain.ours).toEqual(plain.native);
  });
});
