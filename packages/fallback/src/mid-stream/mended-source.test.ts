import { observe, pipeline, type Fetch, type Middleware, type Outcome } from '@holdfast/core';
import { cannedFetch, chatChunks, ManualClock, streamAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldCalls } from './held-calls.ts';
import { mend, type Mend } from './mended-source.ts';

const url = 'https://api.openai.com/v1/chat/completions';
const tools = [{ type: 'function', function: { name: 'f' } }];
const chunk = (delta: object, reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: '1', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
const argument = (text: string, index = 0): string => chunk({ tool_calls: [{ index, function: { arguments: text } }] });

/** A response behind a mended stream, asked for with or without tools. */
async function mended(upstream: Fetch, { how, withTools = false }: { how?: Mend; withTools?: boolean } = {}) {
  const outcomes: Outcome[] = [];
  const layer: Middleware = {
    name: 'fallback',
    layer: 'fallback',
    handle: (call, next) =>
      observe(
        call,
        async () => mend(call, await next(call), how),
        (outcome) => void outcomes.push(outcome),
      ),
  };
  const clock = new ManualClock();
  const { fetch } = pipeline({ clock, fetch: upstream }).use(layer).build();
  const body = JSON.stringify({ model: 'gpt-5', messages: [], stream: true, ...(withTools && { tools }) });
  const controller = new AbortController();
  const response = await fetch(url, { method: 'POST', body, signal: controller.signal });
  return { response, outcomes, controller };
}

const textOf = (response: Response): Promise<string> => response.text();
const bytesOf = (chunks: readonly string[]): Uint8Array[] => chunks.map((one) => new TextEncoder().encode(one));

describe('a mended stream', () => {
  it('is the response that came, with the bytes that came, in whole events', async () => {
    const chunks = [': ping\n\n', ...chatChunks(['Hel', 'd ', '\u00e4', '\u{1f680}'])];
    const answer = streamAnswer(chunks);
    const { response, outcomes } = await mended(cannedFetch(() => answer));
    expect(response).toBe(answer);
    expect(response.bodyUsed).toBe(false);
    expect(await textOf(response)).toBe(chunks.join(''));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true]);
  });

  it('reads nothing ahead, and forwards that nobody wants the rest', async () => {
    let pulled = 0;
    let cancelled: unknown;
    const watch = { pulled: () => void pulled++, cancelled: (reason: unknown) => (cancelled = reason) };
    const { response, outcomes } = await mended(cannedFetch(() => streamAnswer(chatChunks(['a', 'b', 'c']), watch)));
    expect(pulled).toBe(0);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.read();
    expect(pulled).toBe(2);
    await reader.cancel('enough');
    expect(cancelled).toBe('enough');
    expect(outcomes.map(({ ending }) => ending)).toEqual(['cancelled']);
  });

  it('does not wait for who goes on before it passes on what was good', async () => {
    let asked = false;
    const { response } = await mended(
      cannedFetch(() => streamAnswer([chatChunks(['a']).slice(0, 1).join('') + 'data: {"error":{"code":"x"}}\n\n'])),
      { how: () => ((asked = true), new Promise(() => undefined)) },
    );
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('"content":"a"');
    expect(asked).toBe(false);
  });

  it('takes one that throws for one that cannot go on', async () => {
    const { response, outcomes } = await mended(
      cannedFetch(() => streamAnswer(chatChunks(['a', 'b']).slice(0, 2))),
      { how: () => Promise.reject(new TypeError('fetch failed')) },
    );
    const text = await textOf(response);
    expect(text).toContain('"code":"stream_interrupted"');
    expect(text).toContain('"partial":{"text":"ab","tokens":2}');
    expect(outcomes).toMatchObject([{ ending: 'failed', fault: { kind: 'stream_interrupted' } }]);
  });

  it('takes a part that breaks without a word for a break', async () => {
    const silent = (): never => {
      throw new Error('no more');
    };
    const { response } = await mended(
      cannedFetch(() => streamAnswer(chatChunks(['a']).slice(0, 1))),
      {
        how: async ({ fault }) =>
          fault && { response: new Response(), source: { read: silent, cancel: () => undefined } },
      },
    );
    expect(await textOf(response)).toContain('broke (no more)');
  });

  it('remembers a stream of any length', async () => {
    const words = Array.from({ length: 5000 }, (_, index) => `w${index} `);
    const { response } = await mended(cannedFetch(() => streamAnswer(chatChunks(words).slice(0, 5000))));
    const text = await textOf(response);
    expect(text.length).toBeGreaterThan(600_000);
    expect(text).toContain(`"partial":${JSON.stringify({ text: words.join(''), tokens: 5000 })}`);
  });

  it('leaves no listener on the signal of its call', async () => {
    let live = 0;
    const { response, controller } = await mended(
      cannedFetch(() => streamAnswer(chatChunks(['a']).slice(0, 1))),
      { how: async () => undefined },
    );
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = ((...given: Parameters<typeof add>) => (live++, add(...given))) as typeof add;
    signal.removeEventListener = ((...given: Parameters<typeof remove>) => (live--, remove(...given))) as typeof remove;
    await textOf(response);
    expect(live).toBe(0);
  });
});

describe('calls to tools in a mended stream', () => {
  const whole = [
    chunk({ content: 'Let me see. ' }),
    argument('{"ci'),
    argument('ty":"a"}'),
    chunk({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ];

  it('come whole, with the bytes that came', async () => {
    const { response } = await mended(
      cannedFetch(() => streamAnswer(whole)),
      { withTools: true },
    );
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const blocks: string[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read())
      blocks.push(new TextDecoder().decode(next.value));
    expect(blocks).toEqual([whole[0], whole.slice(1, 4).join(''), whole[4]]);
  });

  it('that are cut are gone, and the error has the words before them', async () => {
    const { response } = await mended(
      cannedFetch(() => streamAnswer([whole.slice(0, 2).join('')])),
      { withTools: true },
    );
    const text = await textOf(response);
    expect(text).not.toContain('ci');
    expect(text).toContain('"partial":{"text":"Let me see. ","tokens":1}');
  });

  it('hold nothing back but themselves: a tool that runs upstream streams on', () => {
    const held = new HeldCalls();
    const event = (type: string, more: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
    const hosted = [
      event('response.output_item.added', { output_index: 0, item: { type: 'web_search_call' } }),
      event('response.web_search_call.searching', { output_index: 0 }),
      event('response.output_item.done', { output_index: 0, item: { type: 'web_search_call' } }),
    ];
    const ours = [
      event('response.output_item.added', { output_index: 1, item: { type: 'custom_tool_call' } }),
      event('response.custom_tool_call_input.delta', { output_index: 1, delta: 'x' }),
      event('response.output_item.done', { output_index: 1, item: { type: 'custom_tool_call' } }),
    ];
    const passed = bytesOf([...hosted, ...ours]).map((block) => held.pass(block));
    const texts = passed.map((block) => block && new TextDecoder().decode(block));
    expect(texts).toEqual([...hosted, undefined, undefined, ours.join('')]);
  });

  it('that are too long to be kept go on in pieces, and the next is kept again', () => {
    const held = new HeldCalls();
    const long = argument('x'.repeat(600_000));
    const passed = bytesOf([long, long, argument('y'), chunk({}, 'tool_calls'), argument('{')]).map((block) =>
      held.pass(block),
    );
    expect(passed.map((block) => block?.length)).toEqual([
      undefined,
      2 * long.length,
      argument('y').length,
      expect.any(Number),
      undefined,
    ]);
  });

  it('pass whole streams on unchanged whatever blocks they come in', () => {
    const events = [...whole.slice(0, 4), chunk({ content: 'ä' }), ...whole.slice(1)];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: events.length }), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), events.length];
        const held = new HeldCalls();
        const blocks = edges.slice(1).map((edge, index) => events.slice(edges[index], edge).join(''));
        const passed = bytesOf(blocks.filter((block) => block !== '')).map((block) => held.pass(block));
        const text = passed.map((block) => (block === undefined ? '' : new TextDecoder().decode(block))).join('');
        expect(text).toBe(events.join(''));
      }),
    );
  });
});
