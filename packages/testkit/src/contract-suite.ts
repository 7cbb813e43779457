import assert from 'node:assert/strict';
import { pipeline, type Fetch, type Middleware } from '@holdfast/core';
import { cannedFetch, chatChunks, errorAnswer, hang, jsonAnswer, streamAnswer } from './canned.ts';
import { ManualClock } from './manual-clock.ts';

/** The part of a test runner that the suite needs; vitest, Jest and `node:test` all have it. */
export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

const url = 'https://api.openai.com/v1/chat/completions';

interface Bench {
  readonly fetch: Fetch;
  readonly clock: ManualClock;
  /** A request as the client makes it, with the listeners on its signal counted. */
  request(body?: RequestInit['body'], init?: RequestInit): RequestInit;
  readonly controller: AbortController;
  /** Listeners that are on the caller's signal now. */
  listeners(): number;
}

/**
 * The contract suite that every middleware passes: an answer goes through untouched, streams are not
 * buffered, an abort is immediate, no error is swallowed, nothing is left behind.
 *
 * @param create - makes the middleware anew for each case, with options under which a single good
 *   answer passes without change.
 */
export function testMiddleware(create: () => Middleware, runner: Runner): void {
  const { describe, it } = runner;
  describe('the contract of a middleware', () => {
    for (const [name, body] of Object.entries(cases)) it(name, () => body(create));
  });
}

const cases: Record<string, (create: () => Middleware) => Promise<void>> = {
  async 'hands back the very response that came, unread, and sends once'(create) {
    const answer = jsonAnswer();
    const { headers } = answer;
    const upstream = cannedFetch(() => answer);
    const { fetch, request } = bench(create, upstream);
    const init = request();
    const before = [...(init.headers as Headers)];
    const response = await fetch(url, init);
    assert.equal(response, answer);
    assert.equal(response.headers, headers);
    assert.equal(response.bodyUsed, false);
    assert.equal((await response.text()).includes('Held fast.'), true);
    assert.equal(upstream.calls.length, 1);
    assert.deepEqual([...(init.headers as Headers)], before, 'the received headers were changed');
    assert.equal(upstream.calls[0]?.init.body, init.body);
  },

  async 'passes a stream on event by event, without reading ahead'(create) {
    const chunks = chatChunks(['a', 'b', 'c']);
    let pulled = 0;
    const upstream = cannedFetch(() => streamAnswer(chunks, { pulled: () => void pulled++ }));
    const { fetch, request } = bench(create, upstream);
    const response = await fetch(url, request(chat(true)));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    for (let index = 0; index < chunks.length; index++) {
      const { value } = await reader.read();
      text += new TextDecoder().decode(value);
      assert.ok(pulled <= index + 2, `${pulled} events were pulled for ${index + 1} read`);
    }
    assert.equal((await reader.read()).done, true);
    assert.equal(text, chunks.join(''));
  },

  async 'forwards the cancelling of a stream to its source'(create) {
    let cancelled = false;
    const upstream = cannedFetch(() =>
      streamAnswer(chatChunks(['a', 'b']), { cancelled: () => void (cancelled = true) }),
    );
    const { fetch, request } = bench(create, upstream);
    const response = await fetch(url, request(chat(true)));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    assert.equal(cancelled, true);
  },

  async 'rejects with the reason of the abort, at once, and leaves nothing behind'(create) {
    const { fetch, request, controller, clock, listeners } = bench(create, cannedFetch(hang));
    const pending = fetch(url, request());
    await turn();
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await assert.rejects(pending, (error) => error === reason);
    await turn();
    assert.equal(clock.pendingTimers, 0, 'timers were left');
    assert.equal(listeners(), 0, 'listeners were left');
  },

  async 'does not send what was aborted before'(create) {
    const upstream = cannedFetch(() => jsonAnswer());
    const { fetch, request, controller } = bench(create, upstream);
    controller.abort();
    await assert.rejects(fetch(url, request()), (error) => error === controller.signal.reason);
    assert.equal(upstream.calls.length, 0);
  },

  async 'lets a broken connection surface as the error that it was'(create) {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
    const { fetch, request, clock } = bench(
      create,
      cannedFetch(() => error),
    );
    await assert.rejects(clock.runUntil(fetch(url, request())), (thrown) => thrown === error);
    assert.equal(clock.pendingTimers, 0);
  },

  async "hands back the caller's mistakes as the API answered them, after one request"(create) {
    const answer = errorAnswer(400, { message: 'Unknown parameter.', code: 'unknown_parameter' });
    const upstream = cannedFetch(() => answer);
    const { fetch, request } = bench(create, upstream);
    const response = await fetch(url, request());
    assert.equal(response, answer);
    assert.equal(response.bodyUsed, false);
    assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'unknown_parameter');
    assert.equal(upstream.calls.length, 1);
  },

  async 'sends a body that cannot be replayed only once'(create) {
    const upstream = cannedFetch(() => errorAnswer(503));
    const { fetch, request, clock } = bench(create, upstream);
    const body = new ReadableStream({ pull: (controller) => controller.close() });
    const response = await clock.runUntil(fetch(url, request(body, { duplex: 'half' } as RequestInit)));
    assert.equal(response.status, 503);
    assert.equal(upstream.calls.length, 1);
  },

  async 'leaves no timer and no listener behind a call that succeeded'(create) {
    const { fetch, request, clock, listeners } = bench(
      create,
      cannedFetch(() => jsonAnswer()),
    );
    for (let index = 0; index < 20; index++) await (await fetch(url, request())).text();
    assert.equal(clock.pendingTimers, 0, 'timers were left');
    assert.equal(listeners(), 0, 'listeners were left');
  },
};

function bench(create: () => Middleware, upstream: Fetch): Bench {
  const clock = new ManualClock();
  const layers = pipeline({ service: 'contract', clock, random: () => 0.5, fetch: upstream });
  const controller = new AbortController();
  const listeners = countListeners(controller.signal);
  return {
    fetch: layers.use(create()).build().fetch,
    clock,
    controller,
    listeners,
    request: (body = chat(false), init = {}) => ({
      method: 'POST',
      headers: new Headers({ authorization: 'Bearer sk-caller', 'content-type': 'application/json' }),
      body,
      signal: controller.signal,
      ...init,
    }),
  };
}

const chat = (stream: boolean): string =>
  JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'Hold.' }], ...(stream && { stream }) });

/** Lets what is resolved run its course. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Counts the abort listeners on a signal, from now on. */
function countListeners(signal: AbortSignal): () => number {
  const live = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((type: 'abort', listener: () => void, options?: AddEventListenerOptions) => {
    live.add(listener);
    add(type, listener, options);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((type: 'abort', listener: () => void) => {
    live.delete(listener);
    remove(type, listener);
  }) as typeof signal.removeEventListener;
  signal.addEventListener('abort', () => live.clear());
  live.clear();
  return () => live.size;
}
