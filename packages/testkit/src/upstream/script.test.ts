import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import type { FaultRule } from './fault.ts';
import { faults } from './faults.ts';
import { startUpstream } from './server.ts';

const clock = new ManualClock();

/** The statuses of ten requests under some rules. */
async function statuses(
  rules: readonly FaultRule[],
  models: readonly string[] = Array.from({ length: 10 }, () => 'gpt-5'),
): Promise<number[]> {
  await using upstream = await startUpstream({ clock, script: rules });
  const client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-1', maxRetries: 0 });
  for (const model of models)
    await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }] }).catch(() => undefined);
  return upstream.log.map((entry) => entry.status);
}

const fault = faults.status(500);

test('applies a rule as often as it says, after as many as it spares', async () => {
  expect(await statuses([{ after: 2, times: 3, fault }])).toEqual([200, 200, 500, 500, 500, 200, 200, 200, 200, 200]);
});

test('applies a rule to every third request', async () => {
  expect(await statuses([{ every: 3, fault }])).toEqual([200, 200, 500, 200, 200, 500, 200, 200, 500, 200]);
});

test('draws chance from the seed, so that two runs are alike', async () => {
  const first = await statuses([{ probability: 0.5, fault }]);
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await statuses([{ probability: 0.5, fault }])).toEqual(first);
});

test('lets the first rule that matches win', async () => {
  const rules = [
    { times: 1, fault: faults.status(503) },
    { times: 2, fault },
  ];
  expect(await statuses(rules, ['a', 'a', 'a', 'a'])).toEqual([503, 500, 500, 200]);
});

test('matches models by name and by expression', async () => {
  const rules = [
    { match: { model: 'gpt-5' }, fault },
    { match: { model: /mini$/g, path: '/chat/completions', method: 'post', stream: false }, fault: faults.status(503) },
  ];
  expect(await statuses(rules, ['gpt-5', 'gpt-5-mini', 'gpt-4o', 'gpt-4o-mini'])).toEqual([500, 503, 200, 503]);
});

test('applies a rule within its window of time, which begins when it is given', async () => {
  await using upstream = await startUpstream({ clock });
  const status = async (): Promise<number> =>
    (await fetch(`${upstream.baseURL}/models`, { headers: { authorization: 'Bearer sk-1' } })).status;
  await clock.advance(5000);
  upstream.script({ fromMs: 1000, untilMs: 2000, fault });
  expect(await status()).toBe(200);
  await clock.advance(1000);
  expect(await status()).toBe(500);
  await clock.advance(1000);
  expect(await status()).toBe(200);
});

test('matches keys by the key itself and by label, and can be cleared', async () => {
  await using upstream = await startUpstream({ clock, keys: [{ key: 'sk-1', label: 'blue' }, 'sk-2'] });
  const status = async (key: string): Promise<number> =>
    (await fetch(`${upstream.baseURL}/models`, { headers: { authorization: `Bearer ${key}` } })).status;
  upstream.script({ match: { key: 'blue' }, fault }, { match: { key: 'sk-2' }, fault: faults.quota() });
  expect([await status('sk-1'), await status('sk-2')]).toEqual([500, 429]);
  upstream.clearScript();
  expect([await status('sk-1'), await status('sk-2')]).toEqual([200, 200]);
});

test('lets a rule decide the answer', async () => {
  await using upstream = await startUpstream({ clock, script: [{ fault: faults.answer({ text: 'Exactly  this.' }) }] });
  const client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-1' });
  const { choices } = await client.chat.completions.create({
    model: 'gpt-5',
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(choices[0]?.message.content).toBe('Exactly  this.');
});

test('sends a body of the rule’s own', async () => {
  const own = faults.status(400, { body: { error: 'invalid_grant', error_description: 'expired' } });
  await using upstream = await startUpstream({ clock, script: [{ match: { path: '/oauth/token' }, fault: own }] });
  const response = await fetch(`${upstream.url}/oauth/token`, { method: 'POST' });
  expect(await response.json()).toEqual({ error: 'invalid_grant', error_description: 'expired' });
});
