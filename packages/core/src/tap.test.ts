import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  bench,
  bytesAnswer,
  cannedAnswer,
  cannedFetch,
  chatChunks,
  jsonAnswer,
  outcomeOf,
  turn,
  utf8,
} from '../test/bench.ts';
import { onSettled, type Outcome } from './index.ts';

const sse = chatChunks(['He', 'ld']).join('');
const kinds: [string, () => Response, string][] = [
  ['JSON', () => jsonAnswer(), JSON.stringify(cannedAnswer)],
  ['an event stream', () => bytesAnswer(utf8(sse), [30, 31]), sse],
  ['bytes', () => new Response('bytes', { headers: { 'content-type': 'audio/mpeg' } }), 'bytes'],
];

/** A response that went through a pipeline, and what was told of its end. */
async function tapped(answer: () => Response) {
  const original = answer();
  const { post } = bench(cannedFetch(() => original));
  const response = await post();
  const outcomes: Outcome[] = [];
  onSettled(response, (outcome) => void outcomes.push(outcome));
  return { response, original, outcomes };
}

describe.each(kinds)('a tapped response of %s', (_name, answer, text) => {
  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['text', (response) => response.text()],
    ['arrayBuffer', (response) => response.arrayBuffer().then((buffer) => new Uint8Array(buffer))],
    ['bytes', (response) => response.bytes()],
    ['blob', (response) => response.blob().then(async (blob) => [blob.type, await blob.text()])],
    ['body', (response) => new Response(response.body).text()],
    [
      'a reader',
      async (response) => {
        const reader = (response.body as ReadableStream<Uint8Array>).getReader();
        let all = '';
        for (let next = await reader.read(); !next.done; next = await reader.read())
          all += new TextDecoder().decode(next.value);
        await reader.closed;
        reader.releaseLock();
        return all;
      },
    ],
    [
      'iteration',
      async (response) => {
        let all = '';
        for await (const block of response.body as unknown as AsyncIterable<Uint8Array>)
          all += new TextDecoder().decode(block);
        return all;
      },
    ],
    [
      'tee',
      (response) => Promise.all((response.body as ReadableStream).tee().map((half) => new Response(half).text())),
    ],
    [
      'pipeThrough',
      (response) => new Response((response.body as ReadableStream).pipeThrough(new TransformStream())).text(),
    ],
    [
      'clone and both',
      (response) => {
        const copy = response.clone();
        return Promise.all([copy.text(), response.text()]);
      },
    ],
    [
      'body, then clone',
      async (response) => {
        void response.body;
        const copy = response.clone();
        return [await new Response(response.body).text(), await new Response(copy.body).text()];
      },
    ],
    ['a new response around it', (response) => new Response(response.body, response).text()],
  ])('is read by %s as a bare one is, and settles once', async (_reader, read) => {
    const { response, original, outcomes } = await tapped(answer);
    expect(response).toBe(original);
    expect(outcomes).toEqual([]);
    expect(response.bodyUsed).toBe(false);
    expect(await read(response)).toEqual(await read(answer()));
    expect(response.bodyUsed).toBe(true);
    await turn();
    expect(outcomes.map(({ ending }) => ending)).toEqual(['complete']);
  });

  it('is a Response with one body, and looks like one', async () => {
    const { response } = await tapped(answer);
    const bare = answer();
    expect(response).toBeInstanceOf(Response);
    expect(response.body).toBe(response.body);
    expect(response.body).toBeInstanceOf(ReadableStream);
    expect(Object.keys(response)).toEqual(Object.keys(bare));
    expect([response.status, response.ok, response.type, response.url]).toEqual([
      bare.status,
      bare.ok,
      bare.type,
      bare.url,
    ]);
    expect(Object.prototype.toString.call(response)).toBe('[object Response]');
  });

  it('cannot be read twice, and says nothing against the upstream for it', async () => {
    const { response, outcomes } = await tapped(answer);
    await response.text();
    for (const read of ['text', 'json', 'arrayBuffer', 'blob', 'bytes'] as const)
      await expect(response[read]()).rejects.toThrow(TypeError);
    expect(() => response.clone()).toThrow(TypeError);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true]);
  });

  it('cannot be read past somebody who holds its body', async () => {
    const { response, outcomes } = await tapped(answer);
    const reader = (response.body as ReadableStream).getReader();
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(() => response.clone()).toThrow(TypeError);
    expect(outcomes).toEqual([]);
    reader.releaseLock();
    expect(await response.text()).toBe(text);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true]);
  });

  it('passes two pipelines and settles in both', async () => {
    const inner = bench(cannedFetch(answer));
    const endings: string[] = [];
    const watched = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const response = await inner.resilient.fetch(input, init);
      onSettled(response, ({ ending }) => void endings.push(`inner ${ending}`));
      return response;
    };
    const response = await bench(watched).post();
    onSettled(response, ({ ending }) => void endings.push(`outer ${ending}`));
    expect(await response.text()).toBe(text);
    expect(endings.toSorted()).toEqual(['inner complete', 'outer complete']);
  });

  it('is abandoned when nobody reads it and it is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const outcomes: Outcome[] = [];
    const { post } = bench(cannedFetch(answer));
    await (async () => onSettled(await post(), (outcome) => void outcomes.push(outcome)))();
    for (let round = 0; round < 50 && outcomes.length === 0; round++) {
      collect();
      await turn();
    }
    expect(outcomes.map(({ ending }) => ending)).toEqual(['abandoned']);
  });

  it('is not taken for abandoned while only its body is held', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const outcomes: Outcome[] = [];
    const { post } = bench(cannedFetch(answer));
    const body = await (async () => {
      const response = await post();
      onSettled(response, (outcome) => void outcomes.push(outcome));
      return response.body as ReadableStream;
    })();
    for (let round = 0; round < 5; round++) {
      collect();
      await turn();
    }
    expect(outcomes).toEqual([]);
    expect(await new Response(body).text()).toBe(text);
    expect(outcomes.map(({ ending }) => ending)).toEqual(['complete']);
  });
});

describe('the outcome of a plain answer', () => {
  it('reads model, usage, id and finish reasons off a JSON answer, when asked', async () => {
    const { response } = await tapped(() => jsonAnswer());
    const outcome = outcomeOf(response);
    await response.json();
    expect(await outcome).toMatchObject({
      ok: true,
      model: 'gpt-5-2025-08-07',
      responseId: 'chatcmpl-canned',
      finishReasons: ['stop'],
      usage: { inputTokens: 5, outputTokens: 3 },
    });
  });

  it.each([
    ['empty', ''],
    ['cut', '{"id":"x","choices":[{'],
    ['HTML', '<html>'],
  ])('is a fault when the JSON is %s', async (_name, text) => {
    const { response, outcomes } = await tapped(
      () => new Response(text, { headers: { 'content-type': 'application/json' } }),
    );
    await expect(response.json()).rejects.toThrow(SyntaxError);
    expect(outcomes).toMatchObject([{ ending: 'failed', fault: { kind: 'malformed_response' } }]);
  });

  it('is known at once where there is no body', async () => {
    const { response, outcomes } = await tapped(() => new Response(null, { status: 204 }));
    expect(outcomes).toMatchObject([{ ending: 'complete', status: 204 }]);
    expect(response.body).toBeNull();
    expect(await response.text()).toBe('');
  });

  it('is a failure when the connection breaks in the body, by every way of reading', async () => {
    const broken = (): Response => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    };
    for (const read of [
      (r: Response) => r.text(),
      (r: Response) => r.blob(),
      (r: Response) => new Response(r.body).text(),
    ]) {
      const { response, outcomes } = await tapped(broken);
      await expect(read(response)).rejects.toThrow('terminated');
      expect(outcomes).toMatchObject([{ ending: 'failed', fault: { kind: 'network' } }]);
    }
  });

  it('reads forms', async () => {
    const form = new FormData();
    form.set('a', 'b');
    const { response, outcomes } = await tapped(() => new Response(form));
    expect((await response.formData()).get('a')).toBe('b');
    expect(outcomes).toMatchObject([{ ok: true }]);
  });

  it('hands on streams of a kind that is not of the web', async () => {
    const body = {
      async *[Symbol.asyncIterator]() {
        yield utf8('x');
      },
    };
    const { response } = await tapped(() => Object.defineProperty(new Response('x'), 'body', { value: body }));
    expect(response.body).toBe(body);
  });
});
