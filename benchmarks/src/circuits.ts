import { breaker, circuitEngine, type Circuits } from '@holdfast/breaker';
import { cockatielEngine } from '@holdfast/breaker/cockatiel';
import { opossumEngine } from '@holdfast/breaker/opossum';
import { pipeline, type Middleware } from '@holdfast/core';
import { fallback } from '@holdfast/fallback';
import { ownCpuOf, paired, quantile, table, type Contestant } from './paired.ts';

/**
 * What circuits cost. The laws: breaker and fallback at most 3 µs of CPU per call on the happy path, a refusal by
 * an open circuit at most 2 µs before its response is built, 1000 idle circuits at most 4 MB and no timer.
 */
const laws = { happyUs: 3, refusalUs: 2, idleMb: 4 };
const key = 'https://api.openai.com gpt-5 chat';
const rounds = Number(process.env['ROUNDS'] ?? 40);
const say = (text: string, holds: boolean): void => console.log(`${text} — ${holds ? 'holds' : 'DOES NOT HOLD'}`);

const answer = JSON.stringify({ id: 'chatcmpl-1', model: 'gpt-5', choices: [{ message: { content: 'word ' } }] });
const init = { headers: { 'content-type': 'application/json' } };
/** In a later turn of the event loop, as every network does: what is weakly held is let go of only between turns. */
const canned = (): Promise<Response> =>
  new Promise((resolve) => setImmediate(() => resolve(new Response(answer, init))));
const bodies = Array.from({ length: 64 }, (_, index) =>
  JSON.stringify({
    model: 'gpt-5',
    messages: [{ role: 'user', content: `Say something about ${index}. `.repeat(20) }],
  }),
);

function happy(name: string, layers: readonly Middleware[]): Contestant {
  const builder = pipeline({ service: 'bench', fetch: canned });
  for (const layer of layers) builder.use(layer);
  const { fetch } = builder.build();
  const run = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      const body = bodies[call % bodies.length] as string;
      await (await fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body })).text();
    }
  };
  return { name, run: ownCpuOf(run) };
}

const ladder = { models: { 'gpt-5': ['gpt-5-mini'] } };
const figures = await paired(
  [
    happy('core alone', []),
    happy('core + breaker', [breaker()]),
    happy('core + breaker, slow calls counted', [breaker({ slowCallMs: 20_000 })]),
    happy('core + breaker on opossum', [breaker({ engine: opossumEngine() })]),
    happy('core + breaker on cockatiel', [breaker({ engine: cockatielEngine() })]),
    happy('core + fallback', [fallback(ladder)]),
    happy('core + fallback + breaker', [fallback(ladder), breaker()]),
  ],
  { rounds, calls: 2000, warmUp: 8000 },
);
console.log(table(figures));
const together = figures.at(-1)?.extraUs ?? Number.NaN;
say(`happy path: ${together.toFixed(1)} µs of ${laws.happyUs} µs`, together <= laws.happyUs);

/** Median over rounds of the time that one of `times` runs of `work` takes, in microseconds. */
function timed(times: number, work: () => void): number {
  const costs = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    for (let run = 0; run < times; run++) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  });
  return quantile(costs, 0.5);
}

const engines = { circuitEngine, opossumEngine, cockatielEngine };
const called = (engine: Circuits, verdict: 'ok' | 'fail'): void => {
  const permit = engine.acquire(key);
  if (permit.granted) permit.end(verdict);
};
console.log('\nµs CPU              a call  a refusal');
for (const [name, create] of Object.entries(engines)) {
  const [closed, open] = [create(), create({ openMs: 3_600_000, maxOpenMs: 3_600_000 })];
  for (let call = 0; call < 5; call++) called(open, 'fail');
  const callUs = timed(20_000, () => called(closed, 'ok'));
  const refusalUs = timed(20_000, () => void open.acquire(key));
  console.log(`${name.padEnd(18)} ${callUs.toFixed(2).padStart(7)} ${refusalUs.toFixed(2).padStart(10)}`);
}

/** All that the layer asks of an engine before it refuses: leave, and how long the other circuits refuse. */
const shared = circuitEngine({ openMs: 3_600_000, maxOpenMs: 3_600_000 });
for (let call = 0; call < 5; call++) called(shared, 'fail');
const layerUs = timed(20_000, () => {
  shared.acquire(key);
  shared.waitMs('https://api.openai.com *');
});
say(`a refusal: ${layerUs.toFixed(2)} µs of ${laws.refusalUs} µs`, layerUs <= laws.refusalUs);

const collect = (globalThis as { gc?: () => void }).gc;
const heap = (): number => {
  for (let pass = 0; pass < 5; pass++) collect?.();
  return process.memoryUsage().heapUsed;
};
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
for (const [name, create] of Object.entries(engines)) {
  const before = heap();
  const timersBefore = timers();
  const engine = create();
  for (let model = 0; model < 1000; model++) {
    const permit = engine.acquire(`https://api.openai.com model-${model} chat`);
    if (permit.granted) permit.end('ok');
  }
  const mb = (heap() - before) / 2 ** 20;
  const left = timers() - timersBefore;
  const idle = `1000 idle circuits of ${name}: ${mb.toFixed(2)} MB, ${left} timers`;
  if (create === circuitEngine) say(`${idle} (of ${laws.idleMb} MB and none)`, mb <= laws.idleMb && left === 0);
  else console.log(idle);
  engine.close();
}
