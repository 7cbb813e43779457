import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { faults, startUpstream } from '@holdfast/testkit';
import {
  auth,
  breaker,
  fallback,
  journeyOf,
  pipeline,
  refusalOf,
  retry,
  transport,
  type FallbackOptions,
  type Journey,
} from 'holdfast';
import OpenAI, { type APIError } from 'openai';
import { describe, expect, it } from 'vitest';

const messages = [{ role: 'user' as const, content: 'Will it hold?' }];
const params = { model: 'gpt-5', messages };
const keyA = 'sk-test-key-of-a';
const keyB = 'sk-test-key-of-b';

function stack(baseURL: string, options: FallbackOptions) {
  const circuits = breaker();
  const resilient = pipeline({ service: 'ladders' })
    .use(fallback(options))
    .use(retry({ maxRetries: 0 }))
    .use(circuits)
    .use(auth({ credentials: keyA }))
    .use(transport())
    .build();
  const own = { organization: 'org-of-a', project: 'proj-of-a', defaultHeaders: { 'x-gateway': 'secret-of-a' } };
  return { resilient, circuits, client: resilient.wrap(new OpenAI({ apiKey: keyA, baseURL, ...own })) };
}

const decisions = (journey: Journey | undefined): string[] =>
  (journey?.entries ?? []).flatMap((entry) => (entry.type === 'decision' ? [`${entry.action}: ${entry.reason}`] : []));

const failed = (call: PromiseLike<unknown>): Promise<APIError> =>
  Promise.resolve(call).then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => error as APIError,
  );

describe('a ladder of models', () => {
  it('a hundred calls at once with the first target down: a hundred answers, exactly a hundred from the second', async () => {
    await using upstream = await startUpstream({ script: [{ match: { model: 'gpt-5' }, fault: faults.overloaded() }] });
    const { client } = stack(upstream.baseURL, { models: { 'gpt-5': ['gpt-5-mini', 'gpt-5-nano'] } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.chat.completions.create(params)));
    expect(new Set(answers.map(({ model }) => model))).toEqual(new Set(['gpt-5-mini']));
    expect(upstream.requests({ model: 'gpt-5-mini' })).toHaveLength(100);
    expect(upstream.requests({ model: 'gpt-5-nano' })).toHaveLength(0);
  });

  it('a request for a reasoner falls to a small model that accepts it at the first try, and the changes are listed', async () => {
    const small = { rejects: ['reasoning_effort', 'max_completion_tokens'], maxOutputTokens: 16_384 };
    const models = { 'gpt-5': {}, 'small-one': small };
    await using upstream = await startUpstream({
      models,
      script: [{ match: { model: 'gpt-5' }, fault: faults.overloaded() }],
    });
    const told: string[] = [];
    const { client } = stack(upstream.baseURL, {
      models: { 'gpt-5': ['small-one'] },
      capabilities: { 'small-one': { reasoningEfforts: [], maxOutputTokens: 16_384, maxTokens: 'only' } },
      onDowngrade: ({ to, changes }) =>
        told.push(...changes.map(({ parameter, action }) => `${to} ${parameter} ${action}`)),
    });
    const { data, response } = await client.chat.completions
      .create({ ...params, max_completion_tokens: 64_000, reasoning_effort: 'high' })
      .withResponse();
    expect(data.model).toBe('small-one');
    expect(upstream.log.map(({ model, status }) => `${model} ${status}`)).toEqual(['gpt-5 503', 'small-one 200']);
    expect(told).toEqual([
      'small-one reasoning_effort dropped',
      'small-one max_completion_tokens translated',
      'small-one max_tokens clamped',
    ]);
    expect(decisions(journeyOf(response)).join()).toContain('max_tokens 64000 clamped to 16384');
  });

  it('strict: refuses what would have to be changed, and sends nothing', async () => {
    await using upstream = await startUpstream({ script: [{ match: { model: 'gpt-5' }, fault: faults.overloaded() }] });
    const { client } = stack(upstream.baseURL, { models: { 'gpt-5': ['gpt-4o-mini'] }, strict: true });
    const error = await failed(client.chat.completions.create({ ...params, reasoning_effort: 'high' }));
    expect(error.status).toBe(503);
    expect(upstream.log).toHaveLength(1);
    expect(decisions(journeyOf(error)).join()).toContain(
      'it would not take the request as it is: reasoning_effort high dropped',
    );
  });

  it('a refusal of a rung never masks the failure of the model that was asked for', async () => {
    await using upstream = await startUpstream({
      script: [
        { match: { model: 'gpt-5' }, fault: faults.overloaded() },
        { match: { model: 'gpt-5-mini' }, fault: faults.status(400, { code: 'unsupported_value' }) },
      ],
    });
    const { client } = stack(upstream.baseURL, { models: { 'gpt-5': ['gpt-5-mini'] } });
    const error = await failed(client.chat.completions.create(params));
    expect([error.status, error.code]).toEqual([503, 'server_is_overloaded']);
  });

  it('a context that is too long goes to a larger one only', async () => {
    await using upstream = await startUpstream({
      models: { 'gpt-4o': { contextTokens: 10 }, 'gpt-4o-mini': {}, 'gpt-4.1': {} },
    });
    const { client } = stack(upstream.baseURL, { models: { 'gpt-4o': ['gpt-4o-mini', 'gpt-4.1'] } });
    const long = [{ role: 'user' as const, content: 'word '.repeat(50) }];
    const answer = await client.chat.completions.create({ model: 'gpt-4o', messages: long });
    expect(answer.model).toContain('gpt-4.1');
    expect(upstream.requests({ model: 'gpt-4o-mini' })).toHaveLength(0);
  });

  it('a short hint of the server waits on the rung, a long one moves on', async () => {
    await using upstream = await startUpstream({
      script: [
        { times: 1, fault: faults.rateLimit({ retryAfterMs: 20 }) },
        { times: 1, fault: faults.rateLimit({ retryAfterMs: 30_000 }) },
      ],
    });
    const resilient = pipeline()
      .use(fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }))
      .use(retry())
      .build();
    const client = resilient.wrap(new OpenAI({ apiKey: keyA, baseURL: upstream.baseURL }));
    expect((await client.chat.completions.create(params)).model).toContain('gpt-5-mini');
    expect(upstream.log.map(({ model, status }) => `${model} ${status}`)).toEqual([
      'gpt-5 429',
      'gpt-5 429',
      'gpt-5-mini 200',
    ]);
  });

  it('a poison body fails after two targets, and opens no circuit among healthy calls', async () => {
    await using upstream = await startUpstream();
    upstream.script({ match: { path: /poisoned/ }, fault: faults.status(500) });
    const { client, circuits } = stack(upstream.baseURL, { models: { 'gpt-5': ['gpt-5-mini', 'gpt-5-nano'] } });
    await Promise.all(Array.from({ length: 50 }, () => client.chat.completions.create(params)));
    upstream.script({ times: 2, fault: faults.status(500) });
    const error = await failed(client.chat.completions.create(params));
    expect(error.status).toBe(500);
    const attempts = journeyOf(error)?.entries.filter(({ type }) => type === 'attempt') ?? [];
    expect(attempts.map((entry) => entry.type === 'attempt' && [entry.model, entry.fault?.kind])).toEqual([
      ['gpt-5', 'server_error'],
      ['gpt-5-mini', 'server_error'],
    ]);
    expect([...circuits.status().values()].every((state) => state === 'closed')).toBe(true);
  });

  it('every circuit open: the one with the shortest wait is tried, and said', async () => {
    await using upstream = await startUpstream({ script: [{ times: 20, fault: faults.overloaded() }] });
    const { client, circuits } = stack(upstream.baseURL, { models: { 'gpt-5': ['gpt-5-mini'] } });
    for (let call = 0; call < 10; call++) await failed(client.chat.completions.create(params));
    const open = [...circuits.status()].flatMap(([key, state]) => (state === 'open' ? [key] : []));
    expect(open).toHaveLength(2);
    upstream.clearScript();
    const { response } = await client.chat.completions.create(params).withResponse();
    expect(decisions(journeyOf(response)).at(-1)).toMatch(/^try gpt-5(-mini)?: every rung is open/);
  });

  it('an answer that a gate does not let pass counts as a failure', async () => {
    await using upstream = await startUpstream({
      script: [{ match: { model: 'gpt-5' }, fault: faults.answer({ text: ' ' }) }],
    });
    const quality = { empty: true, judge: ({ text }: { text: string }) => (text.length < 3 ? 'too short' : undefined) };
    const { client } = stack(upstream.baseURL, { models: { 'gpt-5': ['gpt-5-mini'] }, quality });
    expect((await client.chat.completions.create(params)).model).toContain('gpt-5-mini');
    let by = '';
    for await (const chunk of await client.chat.completions.create({ ...params, stream: true })) by = chunk.model;
    expect(by).toContain('gpt-5-mini');
  });
});

describe('a ladder of endpoints', () => {
  it('each key stays at its own host, with all that goes with it, and nothing follows a redirect', async () => {
    const seen: { readonly at: string; readonly headers: IncomingHttpHeaders }[] = [];
    const host = async (at: string, answer: number, location?: string) => {
      const server = createServer((request, response) => {
        seen.push({ at, headers: request.headers });
        request.resume();
        response.writeHead(answer, location === undefined ? {} : { location }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
    };
    const third = await host('third', 200);
    const a = await host('a', 503);
    const b = await host('b', 307, `${third.url}/v1/chat/completions`);
    const { client, resilient } = stack(`${a.url}/v1`, {
      endpoints: { b: { baseURL: `${b.url}/v1`, apiKey: keyB, headers: { 'OpenAI-Organization': 'org-of-b' } } },
      models: { 'gpt-5': [{ endpoint: 'b' }] },
    });
    await failed(client.chat.completions.create(params));
    expect(seen.map(({ at }) => at)).toEqual(['a', 'b']);
    const [atA, atB] = seen.map(({ headers }) => JSON.stringify(headers));
    expect(atA).toContain(keyA);
    expect(atA).not.toContain('of-b');
    expect(atB).toContain(keyB);
    expect(atB).toContain('org-of-b');
    expect(atB).not.toContain('of-a');
    for (const server of [a, b, third]) server.close();
    await resilient.close();
  });

  it('an account that is spent is left for another, not for another model of its own', async () => {
    await using own = await startUpstream({ script: [{ fault: faults.quota() }] });
    await using other = await startUpstream({ keys: [keyB] });
    const { client } = stack(own.baseURL, {
      endpoints: { other: { baseURL: other.baseURL, apiKey: () => Promise.resolve(keyB) } },
      models: { 'gpt-5': ['gpt-5-mini', { endpoint: 'other' }] },
    });
    await client.chat.completions.create(params);
    expect([own.log.length, other.log.length]).toEqual([1, 1]);
  });

  it('Azure gets its key in its own header, and its version in the query', async () => {
    await using own = await startUpstream({ script: [{ fault: faults.overloaded() }] });
    await using azure = await startUpstream();
    const baseURL = azure.baseURL;
    const { client } = stack(own.baseURL, {
      endpoints: { azure: { baseURL, apiKey: keyB, keyHeader: 'api-key', query: { 'api-version': 'preview' } } },
      models: { 'gpt-5': [{ endpoint: 'azure', model: 'my-deployment' }] },
    });
    await client.chat.completions.create(params);
    const [request] = azure.log;
    expect([request?.model, request?.query]).toEqual(['my-deployment', '?api-version=preview']);
    expect(JSON.stringify(request?.headers)).not.toContain('authorization');
  });

  it('what is kept in a project stays there: a typed refusal where the circuit is open', async () => {
    await using own = await startUpstream({ script: [{ fault: faults.overloaded() }] });
    await using other = await startUpstream();
    const { client } = stack(own.baseURL, {
      endpoints: { other: { baseURL: other.baseURL, apiKey: keyB } },
      models: { 'gpt-5': [{ endpoint: 'other' }] },
    });
    const bound = { model: 'gpt-5', input: 'And then?', previous_response_id: 'resp_1' };
    for (let call = 0; call < 5; call++) await failed(client.responses.create(bound));
    const error = await failed(client.responses.create(bound));
    expect(refusalOf(error)?.code).toBe('state_bound');
    expect(error.message).toContain('previous_response_id is kept in the project');
    expect(other.log).toHaveLength(0);
  });

  it('a key that cannot be had is a rung that is skipped, and says nothing of the key', async () => {
    await using own = await startUpstream({ script: [{ fault: faults.overloaded() }] });
    const { client } = stack(own.baseURL, {
      endpoints: {
        other: {
          baseURL: own.baseURL,
          apiKey: () => {
            throw new Error(`vault said ${keyB}`);
          },
        },
      },
      models: { 'gpt-5': [{ endpoint: 'other' }] },
    });
    const error = await failed(client.chat.completions.create(params));
    expect(error.status).toBe(503);
    expect(JSON.stringify(journeyOf(error))).not.toContain(keyB);
  });
});

describe('plan()', () => {
  it('tells what would happen now, rung by rung, with the reason for each skip, and sends nothing', async () => {
    await using upstream = await startUpstream({ script: [{ match: { model: 'gpt-5' }, fault: faults.overloaded() }] });
    const { client, resilient } = stack(upstream.baseURL, {
      endpoints: { backup: { baseURL: 'https://backup.example/v1', apiKey: keyB } },
      models: { 'gpt-5': ['gpt-4o-mini', { endpoint: 'backup', when: ['overloaded'] }] },
      strict: true,
    });
    const before = upstream.log.length;
    const body = { model: 'gpt-5', messages, reasoning_effort: 'high', previous_response_id: 'resp_1' };
    const plan = await resilient.plan({ body, baseURL: upstream.baseURL });
    expect(plan).toEqual([
      { name: 'gpt-5', fate: 'first', reason: undefined, notes: [] },
      {
        name: 'gpt-4o-mini',
        fate: 'skipped',
        reason: 'it would not take the request as it is: reasoning_effort high dropped',
        notes: [],
      },
      {
        name: 'gpt-5 at backup',
        fate: 'skipped',
        reason: 'previous_response_id is kept in the project',
        notes: ['only after overloaded'],
      },
    ]);
    expect(upstream.log).toHaveLength(before);
    for (let call = 0; call < 5; call++) await client.chat.completions.create(params);
    const [first] = await resilient.plan({ body: params, baseURL: upstream.baseURL });
    expect(first).toMatchObject({ fate: 'skipped', reason: expect.stringMatching(/^breaker: /) });
  });
});
