import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { goDuration } from './go-duration.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';

let clock: ManualClock;
let upstream: Upstream;

const clientOf = (apiKey: string): OpenAI => new OpenAI({ baseURL: upstream.baseURL, apiKey, maxRetries: 0 });

async function ask(model = 'gpt-5', apiKey = 'sk-blue', content = 'hello'): Promise<Headers> {
  const { response } = await clientOf(apiKey)
    .chat.completions.create({ model, messages: [{ role: 'user', content }] })
    .withResponse();
  return response.headers;
}

beforeEach(async () => {
  clock = new ManualClock();
  const keys = ['sk-blue', { key: 'sk-cyan', project: 'proj_default' }, { key: 'sk-red', project: 'proj_red' }];
  upstream = await startUpstream({ clock, keys, limits: { 'gpt-5': { requestsPerMinute: 60, tokensPerMinute: 600 } } });
});
afterEach(() => upstream.close());

test('counts requests and tokens down, and says when they are full again', async () => {
  const headers = await ask();
  expect(headers.get('x-ratelimit-limit-requests')).toBe('60');
  expect(headers.get('x-ratelimit-remaining-requests')).toBe('59');
  expect(headers.get('x-ratelimit-reset-requests')).toBe('1s');
  expect(headers.get('x-ratelimit-remaining-tokens')).toBe('598');
  expect(headers.get('x-ratelimit-reset-tokens')).toBe('200ms');
  await clock.advance(1000);
  expect((await ask()).get('x-ratelimit-remaining-requests')).toBe('59');
});

test('refuses with 429 once the requests are used up, until they come back', async () => {
  upstream.setLimits('gpt-5', { requestsPerMinute: 2 });
  await ask();
  await ask();
  const error = await ask().catch((reason: unknown) => reason as InstanceType<typeof OpenAI.RateLimitError>);
  expect(error).toMatchObject({
    status: 429,
    code: 'rate_limit_exceeded',
    type: 'requests',
    message: expect.stringContaining(
      'Rate limit reached for gpt-5 in organization org-holdfast on requests per min (RPM): Limit 2, Used 2, Requested 1. Please try again in 30s.',
    ) as string,
  });
  expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after-ms')).toBe('30000');
  await clock.advance(30_000);
  await ask();
});

test('refuses with 429 once the tokens are used up', async () => {
  await expect(ask('gpt-5', 'sk-blue', 'x'.repeat(2404))).rejects.toMatchObject({ status: 429, type: 'tokens' });
});

test('counts per project and model family, not per key', async () => {
  await ask('gpt-5', 'sk-blue');
  expect((await ask('gpt-5-2026-08-07', 'sk-cyan')).get('x-ratelimit-remaining-requests')).toBe('58');
  expect((await ask('gpt-5', 'sk-red')).get('x-ratelimit-remaining-requests')).toBe('59');
  expect((await ask('gpt-4o', 'sk-blue')).get('x-ratelimit-limit-requests')).toBe('1000000000');
});

test.each([
  [0, '0s'],
  [120, '120ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [360_000, '6m0s'],
  [3_600_000, '1h0m0s'],
])('writes %i ms as %s', (durationMs, text) => {
  expect(goDuration(durationMs)).toBe(text);
});
