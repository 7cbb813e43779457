import { describe, expect, it } from 'vitest';
import { bench, cannedAnswer, cannedFetch, jsonAnswer, outcomeOf, turn, utf8 } from '../test/bench.ts';
import { discard, faultOf, journeyOf, type Middleware, type Outcome, type Pace } from './index.ts';

/** A layer that wants answers whole, and notes what it is told. */
function wanting(answer: () => Response, wantsEvents = false) {
  const told: string[] = [];
  const pace: Pace = {
    wantsWhole: true,
    wantsEvents,
    sent: () => void told.push('sent'),
    headersCame: (isStream) => void told.push(isStream ? 'stream' : 'headers'),
    arrived: () => void told.push('arrived'),
    waiting: () => void told.push('waiting'),
    came: () => void told.push('came'),
    event: (kind) => void told.push(kind),
  };
  const layer: Middleware = { name: 'wanting', layer: 'timeout', handle: (call, next) => next(call.with({ pace })) };
  return { ...bench(cannedFetch(answer), { layers: [layer] }), told };
}

const text = JSON.stringify(cannedAnswer);
const decoded = (bytes: ArrayBuffer | Uint8Array): string => new TextDecoder().decode(bytes);

/** A body that comes in pieces; the last of them may be an error. */
function pieces(...parts: readonly (string | Error)[]): Response {
  const queue = [...parts];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const part = queue.shift();
        if (part === undefined) controller.close();
        else if (typeof part === 'string') controller.enqueue(utf8(part));
        else controller.error(part);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

const readers: Record<string, (response: Response) => Promise<string>> = {
  text: (response) => response.text(),
  json: async (response) => JSON.stringify(await response.json()),
  arrayBuffer: async (response) => decoded(await response.arrayBuffer()),
  bytes: async (response) => decoded(await response.bytes()),
  blob: async (response) => {
    const blob = await response.blob();
    return blob.type === 'application/json' ? blob.text() : blob.type;
  },
  body: async (response) => {
    let all = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) all += decoded(chunk);
    return all;
  },
  clone: (response) => response.clone().text(),
  'clone and both': async (response) => {
    const copy = response.clone();
    const both = [await copy.text(), await response.text()];
    return both[0] === both[1] ? (both[0] as string) : both.join(' is not ');
  },
  'body and text': (response) => (response.body === null ? Promise.resolve('') : response.text()),
};

describe('an answer that is wanted whole', () => {
  it.each(Object.entries(readers))('is the response that came, unread, to be read once by %s', async (name, read) => {
    for (const answer of [jsonAnswer(), pieces(text.slice(0, 30), text.slice(30))]) {
      const { headers } = answer;
      const { post, told } = wanting(() => answer);
      const response = await post();
      expect(response).toBe(answer);
      expect(response.headers).toBe(headers);
      expect([response.bodyUsed, response.body?.locked]).toEqual([false, false]);
      expect(told).toEqual(['sent', 'headers', 'arrived']);
      expect(await read(response)).toBe(text);
      expect(told).toHaveLength(3);
      if (name === 'clone') return;
      expect(response.bodyUsed).toBe(true);
      await expect(response.text()).rejects.toThrow(TypeError);
      await expect(response.arrayBuffer()).rejects.toThrow(TypeError);
      expect(() => response.clone()).toThrow(TypeError);
    }
  });

  it('is over when its caller has read it, with what it says of itself', async () => {
    const { post } = wanting(() => pieces(text.slice(0, 30), text.slice(30)));
    const response = await post();
    let outcome: Outcome | undefined;
    void outcomeOf(response).then((known) => (outcome = known));
    await turn();
    expect(outcome).toBeUndefined();
    await response.json();
    await turn();
    expect(outcome).toMatchObject({ ok: true, usage: { inputTokens: 5, outputTokens: 3 } });
  });

  it('is taken for read once it was, whoever asks for its body', async () => {
    const { post } = wanting(() => jsonAnswer());
    const response = await post();
    await response.text();
    expect(response.bodyUsed).toBe(true);
    await expect(response.body?.getReader().read()).rejects.toThrow(TypeError);
  });

  it('can be discarded, and copied with its address', async () => {
    const { post } = wanting(() => Object.defineProperty(jsonAnswer(), 'url', { value: 'https://api.example/v1' }));
    const response = await post();
    expect(response.clone()).toMatchObject({ url: 'https://api.example/v1', status: 200 });
    discard(response);
    await turn();
    expect(response.bodyUsed).toBe(true);
  });

  it('fails as an attempt when it breaks before it is whole', async () => {
    const broken = new TypeError('terminated', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });
    const { post } = wanting(() => pieces('{"a":', broken));
    const error: unknown = await post().catch((thrown: unknown) => thrown);
    expect(error).toBe(broken);
    expect(journeyOf(error)?.entries).toMatchObject([
      { type: 'attempt', status: 200, fault: { kind: 'network', code: 'ECONNRESET' } },
    ]);
  });

  it('ends with the abort of its caller', async () => {
    const controller = new AbortController();
    const { post } = wanting(() => {
      const body = new ReadableStream<Uint8Array>({
        start(source) {
          controller.signal.addEventListener('abort', () => source.error(controller.signal.reason));
        },
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    });
    const pending = post({ signal: controller.signal });
    await turn();
    controller.abort();
    await expect(pending).rejects.toBe(controller.signal.reason);
  });

  it('is handed on after a megabyte, and told of while the rest is waited for', async () => {
    const long = 'x'.repeat(600_000);
    const { post, told } = wanting(() => pieces('"', long, long, long, '"]'));
    const response = await post();
    expect(told).toEqual(['sent', 'headers']);
    expect(response.bodyUsed).toBe(false);
    expect((await response.text()).length).toBe(1_800_003);
    expect(told.slice(2)).toEqual(['waiting']);
    expect(response.bodyUsed).toBe(true);
  });

  it.each<[string, () => Response]>([
    ['an error', () => jsonAnswer({ error: { message: 'no' } }, { status: 400 })],
    ['no JSON', () => new Response('la', { headers: { 'content-type': 'audio/mpeg' } })],
    ['no body', () => new Response(null, { status: 204, headers: { 'content-type': 'application/json' } })],
  ])('is nothing to what is %s', async (_name, answer) => {
    const { post, told } = wanting(answer);
    const response = await post();
    expect(told).toEqual(['sent', 'headers']);
    expect(faultOf(response)?.kind).toBe(response.status === 400 ? 'bad_request' : undefined);
  });
});
