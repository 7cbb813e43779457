import { auth } from '@holdfast/auth';
import { breaker } from '@holdfast/breaker';
import { pipeline, type Middleware } from '@holdfast/core';
import { fallback } from '@holdfast/fallback';
import { retry } from '@holdfast/retry';
import OpenAI from 'openai';
import { ownCpuOf, paired, table, type Contestant } from './paired.ts';

/**
 * What the layers cost, without transport and telemetry: the real client over a `fetch` that answers at
 * once from memory, bare and wrapped, side by side. The law: at most 10 µs of CPU per call together.
 */
const limitUs = 10;

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(120) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 40, completion_tokens: 120, total_tokens: 160 },
});
const answerHeaders = { 'content-type': 'application/json', 'x-request-id': 'req_1' };
/**
 * Answers in a later turn of the event loop, as every network does. Within one turn nothing that a `WeakRef`
 * or a `FinalizationRegistry` knows of is ever collected, undici's own responses included, and the collector
 * would be what is measured.
 */
const canned = (): Promise<Response> =>
  new Promise((resolve) => setImmediate(() => resolve(new Response(answer, { headers: answerHeaders }))));
const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Say something. '.repeat(20) }] };

function contestant(name: string, layers: readonly Middleware[] | undefined): Contestant {
  const plain = new OpenAI({ apiKey: 'sk-bench', fetch: canned, maxRetries: 0 });
  const builder = pipeline({ service: 'bench' });
  for (const layer of layers ?? []) builder.use(layer);
  const client = layers === undefined ? plain : builder.build().wrap(plain);
  return {
    name,
    run: ownCpuOf(async (calls) => {
      for (let call = 0; call < calls; call++) await client.chat.completions.create(params);
    }),
  };
}

const ladder = { models: { 'gpt-5': ['gpt-5-mini'] } };
const layers = {
  fallback: () => fallback(ladder),
  retry: () => retry(),
  breaker: () => breaker(),
  'auth (client key)': () => auth(),
  'auth (own key)': () => auth({ credentials: 'sk-bench-own' }),
};

const figures = await paired(
  [
    contestant('bare client, canned fetch', undefined),
    contestant('core alone', []),
    ...Object.entries(layers).map(([name, layer]) => contestant(`core + ${name}`, [layer()])),
    contestant('all layers, client key', [fallback(ladder), retry(), breaker(), auth()]),
    contestant('all layers, own key', [fallback(ladder), retry(), breaker(), auth({ credentials: 'sk-bench-own' })]),
  ],
  { rounds: Number(process.env['ROUNDS'] ?? 40), calls: 1000, warmUp: 4000 },
);
console.log(table(figures));
const all = figures.filter(({ name }) => name.startsWith('all layers'));
for (const { name, extraUs } of all)
  console.log(`${name}: ${extraUs.toFixed(1)} µs of ${limitUs} µs — ${extraUs <= limitUs ? 'holds' : 'DOES NOT HOLD'}`);
