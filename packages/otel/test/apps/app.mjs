/**
 * The app of `apps.test.ts`: a question that has to be asked twice, and a stream. Prints what its SDK exported, as JSON. With
 * `--late` the SDK is registered after the pipeline was built.
 * Written so that a `require()` takes the place of each `import`.
 */
import { attempt, conclude, discard, pipeline } from '@holdfast/core';
import { telemetry } from '@holdfast/otel';
import { OpenAI } from 'openai';
import { plain } from './plain.js';
import { startSdk } from './sdk.js';

const retryOnce = {
  name: 'retry',
  layer: 'retry',
  async handle(call, next) {
    const first = await attempt(call, next);
    if (first.fault?.retryable !== true) return conclude(first);
    discard(first.response);
    return conclude(await attempt(call.with({ attempt: 2 }), next));
  },
};

async function main() {
  const isLate = process.argv.includes('--late');
  const early = isLate ? undefined : startSdk();
  const resilient = pipeline({ service: 'app' }).use(telemetry()).use(retryOnce).build();
  const client = resilient.wrap(new OpenAI());
  const sdk = early ?? startSdk();
  const ask = { model: 'gpt-5', messages: [{ role: 'user', content: 'Will it hold?' }] };
  const { choices } = await client.chat.completions.create(ask);
  const words = [choices[0].message.content, ''];
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
    words[1] += chunk.choices[0]?.delta.content ?? '';
  const told = await sdk.stop();
  process.stdout.write(JSON.stringify({ words, ...plain(told) }));
}

void main();
