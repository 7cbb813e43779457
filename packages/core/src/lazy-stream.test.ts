import { describe, expect, it } from 'vitest';
import { isDisturbed, lazyStream, takeUntouched, type ByteSource } from './index.ts';

const chunks = ['first', 'second', 'third'];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (chunk: unknown): string => new TextDecoder().decode(chunk as Uint8Array);

interface Watched {
  readonly stream: ReadableStream<Uint8Array>;
  readonly cancelled: unknown[];
}

/** Three chunks and then the end, or an error; some at once and some later. */
function source(fails: boolean): ByteSource & { readonly cancelled: unknown[] } {
  const cancelled: unknown[] = [];
  let index = 0;
  return {
    cancelled,
    read() {
      const chunk = chunks[index++];
      if (chunk === undefined && fails) throw new RangeError('broken');
      const value = chunk === undefined ? undefined : bytes(chunk);
      return index % 2 === 0 ? Promise.resolve(value) : value;
    },
    cancel: (reason) => void cancelled.push(reason),
  };
}

function lazy(fails: boolean): Watched {
  const from = source(fails);
  return { stream: lazyStream(from), cancelled: from.cancelled };
}

function native(fails: boolean): Watched {
  const from = source(fails);
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await from.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: (reason) => from.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { stream, cancelled: from.cancelled };
}

const all = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string[]> => {
  const seen: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return seen;
    seen.push(text(value));
  }
};
const thrown = async (work: () => unknown): Promise<string> => {
  try {
    return `gave ${typeof (await work())}`;
  } catch (error) {
    return (error as Error).name;
  }
};

const looks: Record<string, (stream: ReadableStream<Uint8Array>) => unknown> = {
  'its class': (stream) => [stream instanceof ReadableStream, stream.constructor === ReadableStream, String(stream)],
  'a reader': async (stream) => {
    const reader = stream.getReader();
    const before = [stream.locked, reader instanceof ReadableStreamDefaultReader, String(reader)];
    const seen = await thrown(async () => expect(await all(reader)).toEqual(chunks));
    reader.releaseLock();
    return [before, seen, stream.locked, await thrown(() => reader.read())];
  },
  'reads that do not wait for each other': async (stream) => {
    const reader = stream.getReader();
    const reads = [1, 2, 3].map(() => reader.read().then(({ value, done }) => [value && text(value), done]));
    return Promise.all(reads);
  },
  closed: async (stream) => {
    const reader = stream.getReader();
    const closed = reader.closed.then(String, (error: Error) => error.name);
    await thrown(() => all(reader));
    return [await closed, await reader.closed.then(String, (error: Error) => error.name)];
  },
  'closed of a reader that let go': async (stream) => {
    const reader = stream.getReader();
    reader.releaseLock();
    return [await reader.closed.then(String, (error: Error) => error.name), await thrown(() => reader.cancel())];
  },
  'a second reader after the first': async (stream) => {
    const first = stream.getReader();
    const { value } = await first.read();
    first.releaseLock();
    const { value: next } = await stream.getReader().read();
    return [text(value), text(next)];
  },
  'a second reader beside the first': (stream) => {
    stream.getReader();
    return thrown(() => stream.getReader());
  },
  'cancel of a locked stream': async (stream) => {
    stream.getReader();
    return [await thrown(() => stream.cancel()), await thrown(() => stream.tee()), await thrown(() => stream.values())];
  },
  'cancel by the reader': async (stream) => {
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel('enough');
    return [await reader.read(), await reader.closed.then(String, String)];
  },
  'cancel of the stream': async (stream) => {
    await stream.cancel('enough');
    return [stream.locked, await stream.getReader().read(), await thrown(() => stream.cancel())];
  },
  iteration: async (stream) => {
    const seen: unknown[] = [];
    const why = await thrown(async () => {
      for await (const chunk of stream) seen.push(text(chunk), stream.locked);
    });
    return [seen, why, stream.locked, isDisturbed(stream)];
  },
  'iteration that is left': async (stream) => {
    for await (const _chunk of stream) break;
    return [stream.locked, await thrown(() => stream.getReader().read())];
  },
  'iteration that keeps the rest': async (stream) => {
    for await (const _chunk of stream.values({ preventCancel: true })) break;
    return [stream.locked, text((await stream.getReader().read()).value)];
  },
  tee: async (stream) => {
    const [one, two] = stream.tee();
    return Promise.all([one, two].map((half) => thrown(() => new Response(half).text())));
  },
  'a pipe': (stream) => thrown(() => new Response(stream.pipeThrough(new TransformStream())).text()),
  'a response': async (stream) => {
    const response = new Response(stream);
    const before = [response.bodyUsed, response.body === stream];
    const read = await thrown(async () => expect(await response.text()).toBe(chunks.join('')));
    return [before, read, response.bodyUsed];
  },
  'a request': async (stream) => {
    const request = new Request('http://x', { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    return thrown(() => request.text());
  },
  'whether it was touched': async (stream) => {
    const before = isDisturbed(stream);
    const reader = stream.getReader();
    const between = isDisturbed(stream);
    await reader.read();
    return [before, between, isDisturbed(stream)];
  },
};

describe.each([
  ['ends', false],
  ['breaks', true],
])('a lazy stream that %s is like one of the runtime', (_name, fails) => {
  it.each(Object.entries(looks))('%s', async (_look, look) => {
    const [ours, theirs] = [lazy(fails), native(fails)];
    expect(await look(ours.stream)).toEqual(await look(theirs.stream));
    expect(ours.cancelled).toEqual(theirs.cancelled);
  });
});

describe('a lazy stream', () => {
  it('is given away once, and only untouched', async () => {
    const { stream } = lazy(false);
    const taken = takeUntouched(stream);
    expect([stream.locked, takeUntouched(stream)]).toEqual([true, undefined]);
    expect(text(await taken?.read())).toBe('first');
    expect(takeUntouched(new ReadableStream())).toBeUndefined();
  });

  it('has BYOB readers where it is told to', async () => {
    const stream = lazyStream(source(false), 'bytes');
    const reader = stream.getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(3));
    expect(text(value)).toBe('fir');
  });

  it('reads nothing before it is asked', () => {
    let reads = 0;
    const stream = lazyStream({ read: () => void reads++, cancel: () => undefined });
    stream.getReader();
    expect(reads).toBe(0);
  });
});
