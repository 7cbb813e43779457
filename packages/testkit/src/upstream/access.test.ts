import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';
import type { UpstreamOptions } from './options.ts';

const key = 'sk-proj-0123456789abcdefWXYZ';

const clientFor = (upstream: Upstream, apiKey = key): OpenAI =>
  new OpenAI({ baseURL: upstream.baseURL, apiKey, maxRetries: 0 });

const ask = (
  client: OpenAI,
  more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {},
): Promise<OpenAI.ChatCompletion> =>
  client.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content: 'hello' }], ...more });

const post = (upstream: Upstream, path: string, body: string): Promise<Response> =>
  fetch(upstream.url + path, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  });

const start = (options: UpstreamOptions = {}): Promise<Upstream> =>
  startUpstream({ clock: new ManualClock(), ...options });

test('accepts any key when none are configured, but not none', async () => {
  await using upstream = await start();
  await ask(clientFor(upstream, 'sk-whatever'));
  const response = await fetch(`${upstream.baseURL}/models`);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining("didn't provide an API key") as string },
  });
});

test('refuses unknown and revoked keys in the words of the API, with the key redacted', async () => {
  await using upstream = await start({ keys: [key] });
  await ask(clientFor(upstream));
  upstream.revokeKey(key);
  const stars = '*'.repeat(key.length - 12);
  await expect(ask(clientFor(upstream))).rejects.toMatchObject({
    status: 401,
    code: 'invalid_api_key',
    message: `401 Incorrect API key provided: sk-proj-${stars}WXYZ. You can find your API key at https://platform.openai.com/account/api-keys.`,
  });
  upstream.addKey(key);
  await ask(clientFor(upstream));
});

test('logs who asked for what, and no secret', async () => {
  await using upstream = await start({ keys: [{ key, label: 'blue' }] });
  await ask(clientFor(upstream));
  expect(upstream.log[0]).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    model: 'gpt-5',
    stream: false,
    keyId: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
    keyLabel: 'blue',
    status: 200,
    aborted: false,
    usage: { outputTokens: 12 },
  });
  expect(upstream.log[0]?.headers['user-agent']).toContain('OpenAI');
  expect(JSON.stringify(upstream.log)).not.toContain(key);
  expect(JSON.stringify(upstream.log)).not.toContain('hello');
  expect(upstream.requests({ keyId: 'blue', model: 'gpt-5', path: '/chat/completions' })).toHaveLength(1);
  expect(upstream.requests({ model: 'gpt-4o' })).toHaveLength(0);
});

test('forgets the oldest requests of a full log', async () => {
  await using upstream = await start({ logLimit: 3 });
  for (let count = 0; count < 5; count++) await ask(clientFor(upstream));
  expect(upstream.log).toHaveLength(3);
});

test('keeps admin keys and ordinary ones apart', async () => {
  await using upstream = await start({ keys: [key], adminKeys: ['sk-admin-1'] });
  const headers = { authorization: `Bearer ${key}` };
  expect((await fetch(`${upstream.baseURL}/organization/projects`, { headers })).status).toBe(403);
  await expect(ask(clientFor(upstream, 'sk-admin-1'))).rejects.toMatchObject({ status: 403, code: 'missing_scope' });
});

test('answers Azure callers in the words of Azure', async () => {
  await using upstream = await start({ keys: [key] });
  const response = await fetch(`${upstream.url}/openai/v1/models`, { headers: { 'api-key': 'wrong' } });
  expect(await response.json()).toMatchObject({
    error: { code: '401', message: expect.stringContaining('Access denied') as string },
  });
});

test('knows no other paths', async () => {
  await using upstream = await start();
  const response = await post(upstream, '/v1/foo', '{}');
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: { message: 'Invalid URL (POST /v1/foo)', type: 'invalid_request_error' },
  });
});

test('refuses bodies that are not JSON, and incomplete ones', async () => {
  await using upstream = await start();
  const path = '/v1/chat/completions';
  expect((await post(upstream, path, '{"model":')).status).toBe(400);
  expect(await (await post(upstream, path, '{}')).json()).toMatchObject({ error: { param: 'model' } });
  expect(await (await post(upstream, path, '{"model":"x"}')).json()).toMatchObject({ error: { param: 'messages' } });
});

test('knows what its models can do', async () => {
  await using upstream = await start({
    models: { 'gpt-5': { rejects: ['temperature', 'max_tokens'], contextTokens: 10, maxOutputTokens: 100 } },
  });
  const client = clientFor(upstream);
  await expect(ask(client, { model: 'gpt-9' })).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  await expect(ask(client, { temperature: 0.2 })).rejects.toMatchObject({
    code: 'unsupported_value',
    param: 'temperature',
  });
  await expect(ask(client, { max_tokens: 5 })).rejects.toMatchObject({
    code: 'unsupported_parameter',
    param: 'max_tokens',
  });
  await expect(ask(client, { max_completion_tokens: 101 })).rejects.toMatchObject({ code: 'invalid_value' });
  const long = [{ role: 'user' as const, content: 'x'.repeat(100) }];
  await expect(ask(client, { messages: long })).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  expect((await ask(client, { temperature: 1 })).object).toBe('chat.completion');
});

test('exchanges tokens that are accepted until they expire', async () => {
  const clock = new ManualClock();
  await using upstream = await startUpstream({ clock, keys: [] });
  const grant = { grant_type: 'client_credentials', client_id: 'me' };
  const response = await fetch(`${upstream.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(grant) });
  const { access_token: token } = (await response.json()) as { access_token: string };
  await ask(clientFor(upstream, token));
  await clock.advance(3_600_000);
  await expect(ask(clientFor(upstream, token))).rejects.toMatchObject({ status: 401 });
});

test('gives the same ids in every run', async () => {
  const ids = [];
  for (let run = 0; run < 2; run++) {
    await using upstream = await start({ seed: 7 });
    ids.push((await ask(clientFor(upstream))).id);
  }
  expect(ids[0]).toBe(ids[1]);
});

test('leaves no socket open when it is closed', async () => {
  const upstream = await start();
  await Promise.all([ask(clientFor(upstream)), ask(clientFor(upstream))]);
  expect(upstream.openSockets).toBeGreaterThan(0);
  await upstream.close();
  await upstream.close();
  expect(upstream.openSockets).toBe(0);
});
