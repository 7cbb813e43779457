import { pipeline, type Middleware } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock, seededRandom } from '@holdfast/testkit';

/** How one host behaves. */
export interface Host {
  latencyMs: number;
  isDown?: boolean;
  headers?: Record<string, string>;
  error?: () => Response;
}

/** Calls that come at their own pace, however slow the answers are, on a clock that is turned by hand. */
export function traffic(layers: Middleware | readonly Middleware[], hosts: Record<string, Host>, seed = 1) {
  const clock = new ManualClock();
  const asked: string[] = [];
  let most = 0;
  const underWay = new Map<string, number>();
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    const host = hosts[hostname] as Host;
    asked.push(hostname);
    underWay.set(hostname, (underWay.get(hostname) ?? 0) + 1);
    most = Math.max(most, underWay.get(hostname) as number);
    await new Promise<void>((resolve, reject) => {
      const timer = clock.setTimer(resolve, host.latencyMs);
      init?.signal?.addEventListener('abort', () => (timer.cancel(), reject(init.signal?.reason as Error)));
    });
    underWay.set(hostname, (underWay.get(hostname) ?? 0) - 1);
    if (host.error !== undefined) return host.error();
    return host.isDown === true ? errorAnswer(503) : jsonAnswer(undefined, { headers: host.headers ?? {} });
  };
  const random = seededRandom(seed);
  const builder = pipeline({ clock, random, fetch, warn: () => undefined });
  const { fetch: send } = [layers]
    .flat()
    .reduce((built, layer) => built.use(layer), builder)
    .build();
  const call = (init: RequestInit & { holdfast?: object } = {}): Promise<Response> =>
    send('https://own.test/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-5"}', ...init });
  return {
    clock,
    asked,
    call,
    /** Most calls that one host had at the same time. */
    most: () => most,
    /** `count` calls, one each `everyMs`; returns how they ended. */
    async run(count: number, everyMs: number): Promise<number[]> {
      const ends: Promise<number>[] = [];
      for (let index = 0; index < count; index++) {
        ends.push(call().then((response) => response.text().then(() => response.status)));
        await clock.advance(everyMs);
      }
      await clock.advance(60_000);
      return Promise.all(ends);
    },
    share: (host: string, from = 0): number =>
      asked.slice(from).filter((one) => one === host).length / (asked.length - from),
  };
}
