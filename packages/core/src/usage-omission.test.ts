import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, bytesAnswer, cannedFetch, chatBody, concat, outcomeOf, utf8 } from '../test/bench.ts';
import {
  callOfTap,
  omitsUsage,
  retakeBody,
  retap,
  type ByteSource,
  type Fetch,
  type Middleware,
  type Outcome,
} from './index.ts';
import { UsageOmission } from './usage-omission.ts';

const chunk = (choices: object[], more: string): string =>
  `data: {"id":"c","model":"m","choices":${JSON.stringify(choices)}${more}}\n\n`;
const choice = (content: string, reason: string | null = null): object[] => [
  { index: 0, delta: { content }, finish_reason: reason },
];
const usage = ',"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}';
const events = (asked: boolean): string[] => {
  const none = asked ? ',"usage":null' : '';
  const words = ['Hé', 'ld', '","usage":null}'].map((word) => chunk(choice(word), none));
  return [...words, chunk(choice('', 'stop'), none), ...(asked ? [chunk([], usage)] : []), 'data: [DONE]\n\n'];
};
const asked = utf8(events(true).join(''));
const plain = events(false).join('');

/** Asks, as telemetry does. */
const asking: Middleware = {
  name: 'asking',
  layer: 'telemetry',
  handle: (call, next) =>
    next(
      call.with({
        beforeSending: (inner, send) =>
          send(inner.with({ body: inner.body.withMember('asked', () => 'true')!, plainBody: inner.body })),
      }),
    ),
};

function world(answer: () => Response, ...layers: Middleware[]) {
  const upstream = cannedFetch(answer) as Fetch & { calls: { init: RequestInit }[] };
  return { ...bench(upstream, { layers: [asking, ...layers] }), upstream };
}

async function read(cuts: readonly number[], ...layers: Middleware[]) {
  const { post } = world(() => bytesAnswer(asked, cuts), ...layers);
  const response = await post();
  const outcome = outcomeOf(response);
  return { text: await response.text(), outcome: await outcome };
}

const texts = (responses: readonly Response[]): Promise<string[]> => Promise.all(responses.map((one) => one.text()));

const expectWhole = ({ text, outcome }: { text: string; outcome: Outcome }): void => {
  expect(text).toBe(plain);
  expect(outcome).toMatchObject({ ok: true, usage: { inputTokens: 5, outputTokens: 3 }, finishReasons: ['stop'] });
};

describe('usage that only a layer asked for', () => {
  it('is told by the outcome and not to the caller, wherever the stream was cut', async () => {
    for (let at = 0; at <= asked.length; at += 7) expectWhole(await read([at]));
    expectWhole(await read(Array.from(asked.keys())));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: asked.length }), { maxLength: 12 }), async (cuts) => {
        expectWhole(await read(cuts));
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, (response: Response) => Promise<string>]>([
    ['bytes', async (response) => new TextDecoder().decode(await response.bytes())],
    ['a blob', async (response) => (await response.blob()).text()],
    ['a piped body', (response) => new Response(response.body!.pipeThrough(new TransformStream())).text()],
    ['a half of tee', async (response) => (await texts(response.body!.tee().map((half) => new Response(half))))[1]!],
    ['a clone', async (response) => (await texts([response.clone(), response]))[0]!],
    ['what was cloned', async (response) => (await texts([response.clone(), response]))[1]!],
    [
      'a clone of a clone',
      async (response) => (await texts([response.clone().clone(), response.clone(), response]))[0]!,
    ],
  ])('is not in %s', async (_name, readAll) => {
    const { post } = world(() => bytesAnswer(asked, [200, 500]));
    const response = await post();
    const outcome = outcomeOf(response);
    expect(response.bodyUsed).toBe(false);
    expect(await readAll(response)).toBe(plain);
    expect(response.bodyUsed).toBe(true);
    expect((await outcome).usage?.outputTokens).toBe(3);
  });

  it('is not in a body of another kind than the runtime has', async () => {
    const { post } = world(() => {
      const response = bytesAnswer(asked, [100]);
      const native = response.body!;
      const foreign = { [Symbol.asyncIterator]: () => native.values() };
      return Object.setPrototypeOf(response, Object.create(Response.prototype, { body: { get: () => foreign } }));
    });
    expect(await new Response((await post()).body).text()).toBe(plain);
  });

  it('leaves a clone its body unread', async () => {
    const { post } = world(() => bytesAnswer(asked, [100]));
    const response = await post();
    const copy = response.clone();
    expect(await copy.text()).toBe(plain);
    expect([response.bodyUsed, await response.text()]).toEqual([false, plain]);
  });

  it('is there for layers that take the stream, and gone again for the caller', async () => {
    const taken: string[] = [];
    const keeping: Middleware = {
      name: 'keeping',
      layer: 'retry',
      async handle(call, next) {
        const response = await next(call.with({ holdBack: { tokens: 2 } }));
        const source = retakeBody(response)!;
        const blocks: Uint8Array[] = [];
        for (let block = await source.read(); block !== undefined; block = await source.read()) blocks.push(block);
        taken.push(new TextDecoder().decode(concat(blocks)));
        retakeBody(response, { read: () => blocks.shift(), cancel: () => undefined });
        return response;
      },
    };
    expectWhole(await read([10, 150, 400], keeping));
    expect(taken).toEqual([new TextDecoder().decode(asked)]);
  });

  it('is kept back with the beginning of a stream', async () => {
    const holding = (holdBack: object): Middleware => ({
      name: 'holding',
      layer: 'retry',
      handle: (call, next) => next(call.with({ holdBack })),
    });
    for (const holdBack of [{}, { tokens: 3 }, { bytes: 1 }, { tokens: 100 }])
      expectWhole(await read([10, 150, 400], holding(holdBack)));
  });

  it('is told of a stream that is given another in its place, part by part', async () => {
    let response: Response | undefined;
    const mending = (isAsked: (block: string) => boolean): Middleware => ({
      name: 'mending',
      layer: 'fallback',
      async handle(call, next) {
        response = await next(call);
        const queue = events(true).map(utf8);
        let omits = false;
        const source: ByteSource = {
          read() {
            const block = queue.shift();
            omits = block !== undefined && isAsked(new TextDecoder().decode(block));
            return block;
          },
          cancel: () => undefined,
          get omitsUsage() {
            return omits;
          },
        };
        retap(call, response, source);
        return response;
      },
    });
    expectWhole(
      await read(
        [],
        mending(() => true),
      ),
    );
    const other = await read(
      [],
      mending((block) => !block.includes('ld')),
    );
    expect(other.text).toBe(plain.replace('"ld"},"finish_reason":null}]', '"ld"},"finish_reason":null}],"usage":null'));
    expect([omitsUsage(response!), callOfTap(response!)?.body.raw]).toEqual([true, chatBody]);
    expect(callOfTap(response!)?.plainBody).toBeUndefined();
  });

  it('is not waited for by a caller who stops before it, and cancels the source', async () => {
    let cancelled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => controller.enqueue(utf8(chunk(choice('a'), ',"usage":null'))),
        cancel: () => void cancelled++,
      },
      { highWaterMark: 0 },
    );
    const { post } = world(() => new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    const response = await post();
    const outcome = outcomeOf(response);
    for await (const block of response.body as unknown as AsyncIterable<Uint8Array>) {
      expect(new TextDecoder().decode(block)).toBe(chunk(choice('a'), ''));
      break;
    }
    expect([cancelled, (await outcome).ending]).toEqual([1, 'cancelled']);
  });

  it('is read no further ahead than its caller reads, but for the chunk that is not his', async () => {
    const queue = events(true).map(utf8);
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls++;
          const block = queue.shift();
          if (block === undefined) controller.close();
          else controller.enqueue(block);
        },
      },
      { highWaterMark: 0 },
    );
    const { post } = world(() => new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    const reader = (await post()).body!.getReader();
    const seen: number[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) seen.push(pulls);
    expect(seen).toEqual([1, 2, 3, 4, 6]);
  });

  it('is in a cut stream as little as in a whole one', async () => {
    const cut = utf8(events(true).slice(0, 2).join('') + 'data: {"half');
    const { post } = world(() => bytesAnswer(cut, [30]));
    const text = await (await post()).text();
    expect(text).toContain('stream_interrupted');
    expect(text.startsWith(events(false).slice(0, 2).join(''))).toBe(true);
    expect(text).not.toContain('"usage"');
  });
});

describe('an omission', () => {
  it('gives a block without usage back as the very one that came', () => {
    const omission = new UsageOmission();
    for (const text of [...events(false), ': ping\n\n', 'data: {"a":"\\"usage\\""}\n\n']) {
      const block = utf8(text);
      expect(omission.of(block)).toBe(block);
    }
  });

  it('leaves what came as it was, and each of its own blocks too', () => {
    const omission = new UsageOmission();
    const long = chunk(choice('x'.repeat(70_000)), ',"usage":null');
    const blocks = [...events(true), long, ...events(true), long].map(utf8);
    const before = blocks.map((block) => block.slice());
    const passed = blocks.map((block) => omission.of(block));
    const kept = passed.map((block) => block?.slice());
    for (let round = 0; round < 300; round++) omission.of(blocks[0]!);
    expect(blocks).toEqual(before);
    expect(passed).toEqual(kept);
  });

  it('goes on when somebody has taken its buffer away', () => {
    const omission = new UsageOmission();
    const first = omission.of(utf8(events(true)[0]!))!;
    structuredClone(first, { transfer: [first.buffer] });
    expect(new TextDecoder().decode(omission.of(utf8(events(true)[1]!)))).toBe(events(false)[1]);
  });
});
