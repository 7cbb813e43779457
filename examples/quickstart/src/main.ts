import { faults, startUpstream } from '@holdfast/testkit';
import { holdfast, journeyOf } from 'holdfast';
import OpenAI from 'openai';

// The far end: a fake of the OpenAI API on this machine. Leave it out and the rest talks to the real one.
await using upstream = await startUpstream();

// The client that you have, and the one line that is new.
const client = holdfast(new OpenAI({ apiKey: 'sk-quickstart', baseURL: upstream.baseURL }), {
  service: 'quickstart',
  fallback: { models: { 'gpt-5': ['gpt-5-mini'] } },
});
const ask = () =>
  client.chat.completions
    .create({ model: 'gpt-5', messages: [{ role: 'user', content: 'Will it hold?' }] })
    .withResponse();

// A bad minute: told to come later, an overload, and from then on the model is down.
upstream.script({ times: 1, fault: faults.rateLimit({ retryAfterMs: 300 }) });
upstream.script({ times: 1, fault: faults.overloaded() });
for (const weather of ['rate limit, overload', 'model down']) {
  const { data, response } = await ask();
  console.log(`${weather}: answered by ${data.model}: ${data.choices[0]?.message.content}`);
  for (const entry of journeyOf(response)?.entries ?? []) {
    if (entry.type === 'attempt') console.log(`  attempt ${entry.number}: ${entry.model} → ${entry.status}`);
    else console.log(`  ${entry.type}: ${entry.reason}`);
  }
  upstream.script({ match: { model: 'gpt-5' }, fault: faults.overloaded() });
}
