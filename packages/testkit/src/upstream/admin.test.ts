import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect } from './collect.ts';
import { ManualClock } from '../manual-clock.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';

let clock: ManualClock;
let upstream: Upstream;
let client: OpenAI;

beforeEach(async () => {
  clock = new ManualClock();
  upstream = await startUpstream({ clock, keys: [{ key: 'sk-first', label: 'first' }], adminKeys: ['sk-admin-first'] });
  client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-first', adminAPIKey: 'sk-admin-first', maxRetries: 0 });
});
afterEach(() => upstream.close());

const project = 'proj_default';

const ask = (apiKey: string): Promise<OpenAI.ChatCompletion> =>
  client
    .withOptions({ apiKey })
    .chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content: 'hello' }] });

const org = (): OpenAI['admin']['organization'] => client.admin.organization;

test('creates a service account whose key works until it is revoked', async () => {
  const account = await org().projects.serviceAccounts.create(project, { name: 'robot' });
  const { id, value } = account.api_key!;
  await ask(value);
  const listed = await collect(org().projects.apiKeys.list(project));
  expect(listed.map((key) => key.name)).toEqual(['first', 'Secret Key']);
  expect(listed[1]).toMatchObject({ owner: { type: 'service_account', service_account: { id: account.id } } });
  expect(listed[1]?.last_used_at).toBe(Math.floor(clock.now() / 1000));
  expect(JSON.stringify(listed)).not.toContain(value);
  await org().projects.apiKeys.delete(id, { project_id: project });
  await expect(ask(value)).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
});

test('adds keys to a service account, which expire, and end with it', async () => {
  const account = await org().projects.serviceAccounts.create(project, {
    name: 'robot',
    create_service_account_only: true,
  });
  expect(account.api_key).toBeNull();
  const { apiKeys } = org().projects.serviceAccounts;
  const short = await apiKeys.create(account.id, { project_id: project, expires_in_seconds: 60 });
  const long = await apiKeys.create(account.id, { project_id: project });
  await ask(short.value);
  await clock.advance(60_000);
  await expect(ask(short.value)).rejects.toMatchObject({ status: 401 });
  await ask(long.value);
  await org().projects.serviceAccounts.delete(account.id, { project_id: project });
  await expect(ask(long.value)).rejects.toMatchObject({ status: 401 });
  await expect(apiKeys.create(account.id, { project_id: project })).rejects.toMatchObject({ status: 404 });
});

test('refuses lives of keys that are too long', async () => {
  const { serviceAccounts } = org().projects;
  await expect(serviceAccounts.create(project, { name: 'x', expires_in_seconds: 31_536_001 })).rejects.toMatchObject({
    status: 400,
    param: 'expires_in_seconds',
  });
});

test('creates and deletes admin keys', async () => {
  const { value, id } = await org().adminAPIKeys.create({ name: 'second' });
  const second = client.withOptions({ adminAPIKey: value });
  expect(await collect(second.admin.organization.adminAPIKeys.list())).toHaveLength(2);
  await org().adminAPIKeys.delete(id);
  await expect(second.admin.organization.adminAPIKeys.list()).rejects.toMatchObject({ status: 401 });
});

test('reports usage and costs by key and model', async () => {
  const start = Math.floor(clock.now() / 1000);
  await ask('sk-first');
  await ask('sk-first');
  await clock.advance(120_000);
  const usage = await org().usage.completions({
    start_time: start,
    bucket_width: '1m',
    group_by: ['api_key_id', 'model'],
  });
  expect(usage.data.map((bucket) => bucket.results.length)).toEqual([1, 0, 0]);
  expect(usage.data[0]?.results[0]).toMatchObject({
    num_model_requests: 2,
    output_tokens: 24,
    model: 'gpt-5',
    project_id: null,
  });
  const costs = await org().usage.costs({ start_time: start });
  expect(costs.data[0]?.results[0]).toMatchObject({ amount: { value: 0.000_245, currency: 'usd' } });
});

test('pages through a long report', async () => {
  const start = Math.floor(clock.now() / 1000);
  await clock.advance(180_000);
  const first = await org().usage.completions({ start_time: start, bucket_width: '1m', limit: 2 });
  expect(first).toMatchObject({ has_more: true, next_page: 'page_1' });
  const second = await org().usage.completions({ start_time: start, bucket_width: '1m', limit: 2, page: 'page_1' });
  expect(second.data[0]?.start_time).toBe(start + 120);
});

test('keeps an audit log, to which tests may add', async () => {
  await org().projects.serviceAccounts.create(project, { name: 'robot' });
  upstream.addAuditEvent('login.failed', { error_code: 'bad_password' });
  const events = await collect(org().auditLogs.list());
  expect(events.map((event) => event.type)).toEqual(['login.failed', 'api_key.created', 'service_account.created']);
  const logins = await collect(org().auditLogs.list({ event_types: ['login.failed'] }));
  expect(logins).toHaveLength(1);
});

test('shows projects and their limits, which can be changed', async () => {
  expect((await collect(org().projects.list())).map((found) => found.id)).toEqual([project]);
  await org().projects.rateLimits.updateRateLimit('rl-gpt-5', { project_id: project, max_requests_per_1_minute: 1 });
  await ask('sk-first');
  await expect(ask('sk-first')).rejects.toMatchObject({ status: 429 });
  const limits = await collect(org().projects.rateLimits.listRateLimits(project));
  expect(limits.find((limit) => limit.model === 'gpt-5')?.max_requests_per_1_minute).toBe(1);
});
