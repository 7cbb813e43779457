import { faultOf, journeyOf, sleep, type HoldBack, type Middleware } from '@holdfast/core';
import { hang, jsonAnswer, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { bench, comment, events, timedAnswer, type Api, type Piece } from '../test/bench.ts';
import { timeout, type TimeoutOptions } from './index.ts';

const everything: TimeoutOptions = {
  attemptMs: 60_000,
  headersMs: 10_000,
  firstEventMs: 15_000,
  firstContentMs: 20_000,
  idleMs: 5000,
  reasoningIdleMs: 30_000,
  minTokensPerSecond: 1,
};

/** With time kept for another attempt by somebody further out. */
const sliced = (options: TimeoutOptions = {}): Middleware => {
  const layer = timeout(options);
  return {
    ...layer,
    handle: (call, next) => layer.handle(call.with({ until: call.clock.monotonic() + 60_000 }), next),
  };
};

describe('without limits', () => testMiddleware(() => timeout(), { describe, it }));
describe('with every limit', () => testMiddleware(() => timeout(everything), { describe, it }));
describe('with a slice', () => testMiddleware(() => sliced(), { describe, it }));
describe('with both', () => testMiddleware(() => sliced(everything), { describe, it }));

/** The code of the error event that ends a stream, or of what is thrown instead of it. */
async function codeOf(pending: Promise<Response>): Promise<string | undefined> {
  try {
    const text = await (await pending).text();
    const news = /event: error\ndata: (.*)\n\n$/.exec(text)?.[1];
    return news === undefined ? undefined : (JSON.parse(news) as { code: string }).code;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  }
}

const every = (fromMs: number, stepMs: number, count: number, text: string): Piece[] =>
  Array.from({ length: count }, (_, index) => [fromMs + index * stepMs, text] as const);

describe.each<Api>(['chat', 'responses'])('a stream of %s', (api) => {
  const { frame, word, thought, tool, thinking, end } = events[api];

  it.each<[string, TimeoutOptions, readonly Piece[], number, string | undefined]>([
    ['without an event', { firstEventMs: 500 }, every(100, 100, 50, comment), 500, 'first_event_timeout'],
    ['with an event in time', { firstEventMs: 500 }, [[400, frame]], 9000, undefined],
    ['without content', { firstContentMs: 900 }, every(100, 100, 50, frame), 900, 'first_content_timeout'],
    [
      'whose content keeps its distance',
      { idleMs: 300 },
      every(0, 299, 10, word),
      299 * 9 + 300,
      'stream_idle_timeout',
    ],
    [
      'kept alive by comments',
      { idleMs: 300 },
      [[50, word], ...every(100, 100, 50, comment)],
      350,
      'stream_idle_timeout',
    ],
    ['kept alive by frames', { idleMs: 300 }, [[50, word], ...every(100, 100, 50, frame)], 350, 'stream_idle_timeout'],
    ['that is silent before any content', { idleMs: 300 }, [[50, frame]], 9000, undefined],
    ['of a call to a tool', { idleMs: 300 }, every(0, 200, 5, tool), 1100, 'stream_idle_timeout'],
    ['that thinks', { idleMs: 300, reasoningIdleMs: 2000 }, [[50, thought]], 2050, 'reasoning_idle_timeout'],
    ['that thinks without a limit of its own', { idleMs: 300 }, [[50, thought]], 350, 'reasoning_idle_timeout'],
    [
      'that spoke after it thought',
      { idleMs: 300, reasoningIdleMs: 2000 },
      [
        [50, thought],
        [1000, word],
      ],
      1300,
      'stream_idle_timeout',
    ],
    ['that drips', { minTokensPerSecond: 3, rateWindowMs: 2000 }, every(100, 500, 50, word), 2100, 'stream_too_slow'],
    [
      'that is just fast enough',
      { minTokensPerSecond: 2, rateWindowMs: 2000 },
      every(100, 490, 18, word),
      8500,
      undefined,
    ],
    [
      'that thinks slowly',
      { minTokensPerSecond: 3, rateWindowMs: 2000 },
      every(100, 500, 17, thought),
      8500,
      undefined,
    ],
    ['that takes long', { attemptMs: 3000 }, every(0, 100, 90, word), 3000, 'attempt_timeout'],
  ])('%s ends in its time', async (_name, options, pieces, endsMs, code) => {
    const { clock, told, post } = bench((of) => timedAnswer(of, pieces), options);
    const controller = new AbortController();
    let endedMs: number | undefined;
    const ended = codeOf(post(api, { signal: controller.signal })).finally(() => (endedMs = clock.monotonic()));
    await clock.advance(endsMs - 1);
    expect(endedMs).toBeUndefined();
    await clock.advance(1);
    if (code === undefined) controller.abort();
    expect(await ended).toBe(code);
    expect(told.map((event) => event.code)).toEqual(code === undefined ? [] : [code]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('that hangs at its headers is bounded by them, by its first event and by its first content', async () => {
    for (const [options, code] of [
      [{ headersMs: 400 }, 'headers_timeout'],
      [{ firstEventMs: 400 }, 'first_event_timeout'],
      [{ firstContentMs: 400 }, 'first_content_timeout'],
      [{ headersMs: 300, firstContentMs: 400 }, 'headers_timeout'],
      [{ headersMs: 500, firstEventMs: 400 }, 'first_event_timeout'],
    ] as const) {
      const { clock, post } = bench(() => hang, options);
      const pending = codeOf(post(api));
      await clock.advance(399);
      await clock.advance(1);
      expect(await pending).toBe(code);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('that begins to think after it spoke has the longer limit', async () => {
    const pieces: Piece[] = [
      [0, word],
      [100, thinking],
    ];
    const { clock, post } = bench((of) => timedAnswer(of, pieces), { idleMs: 300, reasoningIdleMs: 2000 });
    const ended = codeOf(post(api));
    await clock.advance(api === 'responses' ? 2100 : 300);
    expect(await ended).toBe(api === 'responses' ? 'reasoning_idle_timeout' : 'stream_idle_timeout');
  });

  it('that thinks without a word is bounded by its first content', async () => {
    const { clock, post } = bench((of) => timedAnswer(of, [[0, thinking]]), { idleMs: 300, firstContentMs: 1000 });
    const ended = codeOf(post(api));
    await clock.advance(1000);
    expect(await ended).toBe('first_content_timeout');
  });

  it('that is in time goes on as it came and leaves nothing behind', async () => {
    const pieces: Piece[] = [...every(100, 300, 5, word), [1700, end]];
    const { clock, told, post } = bench((of) => timedAnswer(of, pieces, { ends: true }), everything);
    const text = post(api).then((response) => response.text());
    await clock.advance(1700);
    expect(await text).toBe(pieces.map(([, part]) => part).join(''));
    expect([told, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('that is whole ends well, however long its connection hangs', async () => {
    for (const pieces of [[[0, word + end]], [[0, word + (end.split(/(?<=\n\n)/)[0] ?? '')]]] as const) {
      const { clock, told, post } = bench((of) => timedAnswer(of, pieces), { idleMs: 300 });
      const text = post(api).then((response) => response.text());
      await clock.advance(300);
      expect(await text).toBe(pieces[0][1]);
      expect(clock.pendingTimers).toBe(0);
      // Nothing was lost, and a stream that had said so is not even told of.
      if (pieces[0][1].endsWith(end)) expect(told).toEqual([]);
    }
  });

  it('that is whole can be left by its caller while its connection hangs', async () => {
    const controller = new AbortController();
    const { clock, told, post } = bench((of) => timedAnswer(of, [[0, word + end]]), { attemptMs: 3000 });
    const text = post(api, { signal: controller.signal }).then((response) => response.text());
    const left = expect(text).rejects.toThrow('aborted');
    await clock.advance(100);
    controller.abort();
    await left;
    expect([told, clock.pendingTimers]).toEqual([[], 0]);
  });
});

describe('a caller who reads slowly', () => {
  it('never causes a timeout, and finds the silence of the upstream all the same', async () => {
    const { word, end } = events.chat;
    const pieces: Piece[] = [...every(0, 100, 20, word), [2000, word]];
    const { clock, told, post } = bench((of) => timedAnswer(of, pieces), { ...everything, attemptMs: 6000 });
    const response = await post();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let index = 0; index < 21; index++) {
      await clock.advance(60_000);
      expect(new TextDecoder().decode((await reader.read()).value)).toBe(word);
    }
    await clock.advance(60_000);
    expect([told, clock.pendingTimers]).toEqual([[], 0]);
    const last = reader.read();
    await clock.advance(5000);
    expect(new TextDecoder().decode((await last).value)).toContain('"code":"stream_idle_timeout"');
    expect(end).toContain('[DONE]');
  });
});

describe('an attempt that took too long', () => {
  it('tells what was waited for, how long, and what bounds it', async () => {
    const { clock, told, post } = bench(() => hang, { headersMs: 1500 });
    const pending = post();
    const rejected = expect(pending).rejects.toMatchObject({ name: 'TimeoutError', code: 'headers_timeout' });
    await clock.advance(1500);
    await rejected;
    const message = 'gpt-5 at api.openai.com timed out: no headers came within 1500 ms (timeout.headersMs).';
    expect(told).toMatchObject([{ code: 'headers_timeout', attempt: 1, elapsedMs: 1500, service: 'default', message }]);
    const journey = journeyOf(await pending.catch((error: unknown) => error));
    expect(journey?.entries).toMatchObject([
      { type: 'attempt', fault: { kind: 'timeout', code: 'headers_timeout', retryable: true, trips: true } },
      { type: 'decision', layer: 'timeout', action: 'headers_timeout', reason: message },
    ]);
  });

  it('in the part of its stream that is kept back is a failed attempt', async () => {
    const holdBack: HoldBack = { tokens: 3 };
    const holding: Middleware = {
      name: 'holding',
      layer: 'fallback',
      handle: (call, next) => next(call.with({ holdBack })),
    };
    const { clock, post } = bench(
      (of) => timedAnswer(of, [[0, events.chat.word]]),
      { idleMs: 500 },
      { around: [holding] },
    );
    const pending = post();
    await clock.advance(500);
    const response = await pending;
    expect(faultOf(response)).toMatchObject({ kind: 'timeout', code: 'stream_idle_timeout' });
    expect(await response.text()).toContain('"code":"stream_idle_timeout"');
    expect(clock.pendingTimers).toBe(0);
  });

  it('asks for the headers of each request anew where its credential was refused', async () => {
    let requests = 0;
    const healing: Middleware = {
      name: 'healing',
      layer: 'auth',
      async handle(call, next) {
        await next(call);
        await sleep(call.clock, 2000, call.signal);
        return next(call);
      },
    };
    const { clock, told, post } = bench(
      (of) => async (_url, init) => {
        if (requests++ > 0) return hang('', init);
        await new Promise<void>((resolve) => void of.setTimer(resolve, 900));
        return jsonAnswer({ error: {} }, { status: 401 });
      },
      { headersMs: 1000, attemptMs: 60_000 },
      { within: [healing] },
    );
    const code = codeOf(post());
    await clock.advance(3900);
    expect(await code).toBe('headers_timeout');
    expect(told).toMatchObject([{ elapsedMs: 3900 }]);
  });
});
