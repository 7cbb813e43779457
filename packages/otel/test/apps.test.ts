import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { faults, startUpstream, type LoggedRequest } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppHouse, newest, oldest, type AppPlan, type Form } from './app-house.ts';

const house = new AppHouse();
beforeAll(() => house.build());
afterAll(() => house[Symbol.dispose]());

/** What an app prints. */
interface Told {
  readonly words: readonly string[];
  readonly spans?: readonly {
    readonly name: string;
    readonly scope: string;
    readonly status: object;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly id: string;
    readonly parent?: string;
  }[];
  readonly metrics?: Readonly<Record<string, readonly { attributes: object; value: { count: number } }[]>>;
}

interface Played {
  /** The file that ran. */
  readonly app: string;
  readonly told: Told;
  readonly requests: readonly LoggedRequest[];
}

/** Runs an app in a process of its own, as `node app.js` without any hook. Its upstream fails once, at first. */
async function played(plan: AppPlan, ...flags: readonly '--late'[]): Promise<Played> {
  const app = await house.app(plan);
  await using upstream = await startUpstream({ script: [{ times: 1, fault: faults.overloaded() }] });
  const { PATH } = process.env;
  const env = { PATH, OPENAI_API_KEY: 'sk-app', OPENAI_BASE_URL: upstream.baseURL, OTEL_LOG_LEVEL: 'warn' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [app, ...flags], { env, timeout: 15_000 });
  expect(stderr).toBe('');
  return { app, told: JSON.parse(stdout) as Told, requests: [...upstream.log] };
}

const api = '@opentelemetry/api';
const withSdk2 = Object.fromEntries(
  [api, '@opentelemetry/sdk-trace-node', '@opentelemetry/sdk-metrics'].map((name) => [name, oldest]),
);
const withSdk3 = Object.fromEntries(
  [api, '@opentelemetry/sdk-node', '@opentelemetry/sdk-metrics'].map((name) => [name, newest]),
);
const forms: Form[] = ['esm', 'cjs', 'bundle'];

describe.concurrent.each([
  ['API 1.9 and SDK 2', { sdk: 'sdk-2', installed: withSdk2 }],
  ['API 1.10 and SDK 3', { sdk: 'sdk-3', installed: withSdk3 }],
] as const)('an app with %s', (_name, plan) => {
  it.each(forms)('sees each call once, its attempts and its duration (%s)', async (form) => {
    const { app, told, requests } = await played({ form, ...plan });
    const { spans = [], metrics = {} } = told;
    expect(told.words.every((words) => words.length > 0)).toBe(true);
    expect(new Set(spans.map(({ scope }) => scope))).toEqual(new Set(['@holdfast/otel']));
    const calls = spans.filter(({ name }) => name === 'chat gpt-5');
    expect(calls).toMatchObject([
      { status: { code: 0 }, attributes: { 'holdfast.attempts': 2, 'gen_ai.request.model': 'gpt-5' } },
      { status: { code: 0 }, attributes: { 'holdfast.attempts': 1, 'gen_ai.request.stream': true } },
    ]);
    const attempts = spans.filter(({ name }) => name === 'POST');
    expect(attempts.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([503, 200, 200]);
    expect(attempts.map(({ parent }) => parent)).toEqual([calls[0]?.id, calls[0]?.id, calls[1]?.id]);
    expect(spans).toHaveLength(5);
    expect(requests.map(({ headers }) => String(headers['traceparent']).split('-')[2])).toEqual(
      attempts.map(({ id }) => id),
    );
    const durations = metrics['gen_ai.client.operation.duration'] ?? [];
    expect(durations.map(({ value }) => value.count).reduce((sum, count) => sum + count, 0)).toBe(2);
    // The name that copies of the API find each other by.
    const copies = form === 'bundle' ? readFileSync(app, 'utf8').match(/opentelemetry\.js\.api\./g) : [''];
    expect(copies).toHaveLength(1);
  });
});

describe.concurrent('an app that registers its SDK after the pipeline was built', () => {
  const isSeen = async (form: Form): Promise<void> => {
    const { told } = await played({ form, sdk: 'sdk-3', installed: withSdk3 }, '--late');
    expect(told.spans).toHaveLength(5);
    expect(Object.keys(told.metrics ?? {})).toContain('gen_ai.client.operation.duration');
  };

  it.each(['esm', 'bundle'] as const)('is seen all the same (%s)', isSeen);

  // API 1.10 is two copies in a CommonJS app: the `.cjs` that it requires, and the `.mjs` that @holdfast/otel imports.
  // `telemetry()` has asked its copy for a tracer by then, and the SDK is registered through the other.
  it('is seen all the same (cjs)', () => isSeen('cjs'));
});

describe.concurrent('an app without an SDK', () => {
  it.each(forms)('gets its answers, says nothing and sends no trace (%s)', async (form) => {
    const { told, requests } = await played({ form, sdk: 'no-sdk', installed: { [api]: newest } });
    expect(Object.keys(told)).toEqual(['words']);
    expect(told.words.every((words) => words.length > 0)).toBe(true);
    expect(requests).toHaveLength(3);
    for (const { headers } of requests) expect(Object.keys(headers)).not.toContain('traceparent');
  });
});

describe.concurrent('an app with two copies of the API', () => {
  it('is not seen where that of @holdfast/otel is the newer one, and gets its answers', async () => {
    const { told, requests } = await played({ form: 'esm', sdk: 'sdk-2', installed: withSdk2, ownApi: newest });
    expect(told.words.every((words) => words.length > 0)).toBe(true);
    expect(told).toMatchObject({ spans: [], metrics: {} });
    for (const { headers } of requests) expect(Object.keys(headers)).not.toContain('traceparent');
  });

  it('is seen where that of @holdfast/otel is the older one, and its SDK comes first', async () => {
    const { told } = await played({ form: 'esm', sdk: 'sdk-3', installed: withSdk3, ownApi: oldest });
    expect(told.spans).toHaveLength(5);
    expect(Object.keys(told.metrics ?? {})).toContain('gen_ai.client.operation.duration');
  });
});
