import { pipeline, systemClock, type Call, type Clock, type Middleware } from '@holdfast/core';
import { rateLimit } from '@holdfast/rate-limit';
import { retry } from '@holdfast/retry';
import { ownCpuOf, paired, table, type Contestant } from './paired.ts';

/**
 * What admission costs. The law: rate limit and retry together at most 3 µs of CPU per call on the happy path, also
 * while 10 000 calls wait. Beside it, what a call costs that itself waits among so many.
 */
const lawUs = 3;
const waiting = 10_000;
const rounds = Number(process.env['ROUNDS'] ?? 40);
const url = 'https://api.openai.com/v1/chat/completions';
const say = (text: string, holds: boolean): void => console.log(`${text} — ${holds ? 'holds' : 'DOES NOT HOLD'}`);

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'gpt-5',
  choices: [{ message: { content: 'word ' } }],
  usage: { prompt_tokens: 40, completion_tokens: 10, total_tokens: 50 },
});
const init = {
  headers: {
    'content-type': 'application/json',
    'x-ratelimit-limit-requests': '10000000',
    'x-ratelimit-limit-tokens': '1000000000',
    'x-ratelimit-remaining-requests': '9999999',
    'x-ratelimit-remaining-tokens': '999999900',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '1ms',
  },
};
/** In a later turn of the event loop, as every network does. */
const canned = (): Promise<Response> =>
  new Promise((resolve) => setImmediate(() => resolve(new Response(answer, init))));
const bodyOf = (model: string): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'Say something. '.repeat(20) }] });

/** One call after the other, each finding room, while others wait for a model whose limits are used up. */
function happy(name: string, layers: readonly Middleware[], clock: Clock = systemClock): Contestant {
  const builder = pipeline({ service: 'bench', fetch: canned, clock });
  for (const layer of layers) builder.use(layer);
  const { fetch } = builder.build();
  const body = bodyOf('gpt-5');
  const run = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) await (await fetch(url, { method: 'POST', body })).text();
  };
  return { name, run: ownCpuOf(run) };
}

/** A layer before which 10 000 calls of another model wait, for good. */
async function crowded(): Promise<Middleware> {
  const limits = rateLimit({
    limits: { crowded: { requestsPerMinute: 1 } },
    maxQueue: waiting,
    maxWaitMs: 10 ** 9,
  });
  const { fetch } = pipeline({ service: 'bench', fetch: canned }).use(limits).build();
  const body = bodyOf('crowded');
  for (let call = 0; call <= waiting; call++) void fetch(url, { method: 'POST', body });
  await new Promise((resolve) => setImmediate(resolve));
  return limits;
}

const limits = await crowded();
const figures = await paired(
  [
    happy('core alone', []),
    happy('core + retry', [retry()]),
    happy('core + rateLimit', [rateLimit()]),
    happy('core + retry + rateLimit', [retry(), rateLimit()]),
    happy(`core + retry + rateLimit, ${waiting} waiting`, [retry(), limits]),
  ],
  { rounds: Math.ceil(rounds / 2), calls: 12_000, warmUp: 24_000 },
);
console.log(table(figures));
for (const { name, extraUs } of figures.slice(-2))
  say(`${name}: ${extraUs.toFixed(1)} µs of ${lawUs} µs`, extraUs <= lawUs);

/**
 * What the queue itself costs: calls that join 10 000 who wait already and are let go one by one, beside calls that
 * wait as long for nothing but their turn. Time stands still but for the clock that the limits look at.
 */
function queued(name: string, tenants: number): Contestant {
  let nowMs = 0;
  const ringing = new Set<() => void>();
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(callback) {
      ringing.add(callback);
      return { cancel: () => void ringing.delete(callback) };
    },
  };
  const admitted: Middleware = {
    name: 'admitted',
    layer: 'breaker',
    handle: (_call: Call) => new Promise(() => undefined),
  };
  const layer = rateLimit({
    limits: { '*': { requestsPerMinute: 60 } },
    maxQueue: 10 ** 6,
    maxWaitMs: 10 ** 12,
    spreadMs: 0,
  });
  const { fetch } = pipeline({ service: 'bench', clock }).use(retry()).use(layer).use(admitted).build();
  const body = bodyOf('gpt-5');
  let sent = 0;
  const join = (): void => {
    const tenant = `tenant-${sent++ % tenants}`;
    void fetch(url, { method: 'POST', body, holdfast: { tenant } } as RequestInit);
  };
  for (let call = 0; call < waiting + 60; call++) join();
  const run = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      join();
      nowMs += 1000;
      for (const ring of [...ringing]) {
        ringing.delete(ring);
        ring();
      }
      if (call % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { name, run: ownCpuOf(run) };
}

function passing(): Contestant {
  const endless: Middleware = { name: 'endless', layer: 'breaker', handle: () => new Promise(() => undefined) };
  const { fetch } = pipeline({ service: 'bench' }).use(endless).build();
  const body = bodyOf('gpt-5');
  const run = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      void fetch(url, { method: 'POST', body, holdfast: { tenant: 'one' } } as RequestInit);
      if (call % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { name: 'calls that go at once', run: ownCpuOf(run) };
}

const through = await paired(
  [passing(), queued(`through a queue of ${waiting}`, 1), queued(`through a queue of ${waiting}, 100 tenants`, 100)],
  { rounds, calls: 2000, warmUp: 8000 },
);
console.log(`\n${table(through)}`);
process.exit(0);
