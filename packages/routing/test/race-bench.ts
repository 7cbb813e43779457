import { journeyOf, layers, pipeline, type Context, type Middleware } from '@holdfast/core';
import { chatChunks, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { hedge, type HedgeEvent, type HedgeOptions } from '../src/index.ts';

/** How one request is answered: after how long, and by what. */
export interface Planned {
  readonly afterMs: number;
  readonly answer?: (request: Sent) => Response | Error;
}

/** A request that reached the upstream, and what became of it. */
export interface Sent {
  readonly host: string;
  readonly signal: AbortSignal | undefined;
  state: 'under way' | 'answered' | 'aborted';
  response: Response | undefined;
}

export const chatUrl = 'https://own.test/v1/chat/completions';
export const chatBody = '{"model":"gpt-5"}';

/** A hedging layer among others over an upstream that answers as planned, on a clock that is turned by hand. */
export function raceBench(options: HedgeOptions = {}, others: readonly Middleware[] = []) {
  const clock = new ManualClock();
  const events: HedgeEvent[] = [];
  const warnings: string[] = [];
  const sent: Sent[] = [];
  const planned: Planned[] = [];
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { host } = new URL(String(input));
    const request: Sent = { host, signal: init.signal ?? undefined, state: 'under way', response: undefined };
    sent.push(request);
    const { afterMs, answer = () => jsonAnswer() } = planned.shift() ?? { afterMs: 100 };
    await until(clock, afterMs, request);
    const result = answer(request);
    if (result instanceof Error) throw result;
    request.response = result;
    return result;
  };
  const layer = hedge({ onHedge: (event) => events.push(event), ...options });
  const context: Partial<Context> = { warn: (message) => void warnings.push(message) };
  const all = [layer, ...others].toSorted((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
  const builder = pipeline({ clock, random: () => 0.5, fetch, ...context });
  const { fetch: send } = all.reduce((built, one) => built.use(one), builder).build();
  const call = (init: RequestInit & { holdfast?: object } = {}, url = chatUrl): Promise<Response> =>
    send(url, { method: 'POST', body: chatBody, ...init });
  return {
    clock,
    layer,
    events,
    warnings,
    sent,
    call,
    /** What the next requests are answered by. */
    plan: (...next: Planned[]) => void planned.push(...next),
    /** So many calls of 100 ms, one after the other; then the hedging point is just behind that. */
    async warm(init: RequestInit = {}, count = 20): Promise<void> {
      for (let index = 0; index < count; index++) await (await clock.runUntil(call(init))).text();
      sent.length = 0;
    },
  };
}

/** What the layer put on record of a call. */
export const story = (response: Response): string[] =>
  (journeyOf(response)?.entries ?? []).flatMap((entry) =>
    entry.type === 'decision' && entry.layer === 'hedge' ? [`${entry.action}: ${entry.reason}`] : [],
  );

/** Waits, or gives up with the signal of a request. */
function until(clock: ManualClock, afterMs: number, request: Sent): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    const onAbort = (): void => {
      timer.cancel();
      request.state = 'aborted';
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      request.state = 'answered';
      resolve();
    }, afterMs);
    signal?.addEventListener('abort', onAbort);
  });
}

/** A stream whose headers come at once and whose words come later, one by one; it breaks with the signal. */
export function slowStream(clock: ManualClock, { signal }: Sent, waitsMs: readonly number[]): Response {
  const chunks = chatChunks(waitsMs.map((_, index) => `word ${index} `));
  const encoder = new TextEncoder();
  let index = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
      async pull(controller) {
        const waitMs = waitsMs[index] ?? 0;
        await new Promise<void>((resolve) => void clock.setTimer(resolve, waitMs));
        const chunk = chunks[index++];
        if (signal?.aborted === true) return;
        if (chunk === undefined) controller.close();
        else controller.enqueue(encoder.encode(chunk));
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
