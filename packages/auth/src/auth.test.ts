import { pipeline, type ClientLike } from '@holdfast/core';
import { testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { chatUrl, errorOf, keyUpstream, service } from '../test/key-upstream.ts';
import { auth } from './index.ts';

describe('auth without credentials', () => testMiddleware(() => auth(), { describe, it }));
describe('auth with a key', () => testMiddleware(() => auth({ credentials: 'own-key' }), { describe, it }));
describe('auth with a pool', () =>
  testMiddleware(() => auth({ credentials: ['own-key', async () => 'token'] }), { describe, it }));

describe('auth', () => {
  it('lets a call keep the credential of its client unless it is given one', async () => {
    const upstream = keyUpstream();
    await service(upstream.fetch, {}).call();
    expect(upstream.seen).toEqual(['caller-key']);
  });

  it('sends its own key in place of that of the client', async () => {
    const upstream = keyUpstream();
    await service(upstream.fetch, { credentials: 'own-key' }).call();
    expect(upstream.seen).toEqual(['own-key']);
  });

  it('gives no credential to a request whose Authorization was removed on purpose', async () => {
    const upstream = keyUpstream();
    await service(upstream.fetch, { credentials: 'own-key' }).call({ headers: { 'api-key': 'azure' } });
    expect(upstream.seen).toEqual(['none']);
  });

  it('leaves a signature that covers the request alone', async () => {
    const upstream = keyUpstream();
    const signature = 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request';
    await service(upstream.fetch, { credentials: 'own-key' }).call({ headers: { authorization: signature } });
    expect(upstream.seen).toEqual([signature]);
  });

  it('leaves a client alone that brings tokens of its own', async () => {
    const upstream = keyUpstream();
    let handed = upstream.fetch;
    const client: ClientLike & { _options: object } = {
      baseURL: 'https://api.openai.com/v1',
      timeout: 600_000,
      _options: { workloadIdentity: { provider: 'k8s' } },
      withOptions: ({ fetch }) => ((handed = fetch), client),
    };
    const resilient = pipeline({ fetch: upstream.fetch })
      .use(auth({ credentials: 'own-key' }))
      .build();
    resilient.wrap(Object.assign(client, { fetch: upstream.fetch }));
    await handed(chatUrl, { method: 'POST', body: '{}', headers: { authorization: 'Bearer exchanged' } });
    expect(upstream.seen).toEqual(['exchanged']);
  });

  it('sends a key to no origin but those of the API, where no client is known', async () => {
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: 'own-key' });
    const response = await call({}, 'https://api.openai.com.evil.example/v1/chat/completions');
    expect(response.status).toBe(401);
    expect(await errorOf(response)).toMatchObject({
      code: 'origin_not_bound',
      message: expect.stringContaining('key#1') as string,
    });
    expect(upstream.seen).toEqual([]);
    expect((await call({}, 'https://eu.api.openai.com/v1/chat/completions')).status).toBe(200);
  });

  it('sends a key to the origins that it was bound to, and to no other', async () => {
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: 'own-key', origins: ['http://localhost:8080'] });
    expect((await call({}, 'http://localhost:8080/v1/models')).status).toBe(200);
    for (const url of [chatUrl, 'https://localhost:8080/v1/models', 'http://localhost:8081/v1/models'])
      expect((await call({}, url)).status).toBe(401);
    expect(upstream.seen).toEqual(['own-key']);
  });

  it('describes itself by ids and kinds', async () => {
    const upstream = keyUpstream('first-key');
    const { call, resilient } = service(upstream.fetch, { credentials: ['first-key', () => 'x'], admin: 'adm' });
    await call();
    const text = resilient.describe();
    expect(text).toContain('key#1 (key, suspect), function#2 (token); admin operations: admin:key#1 (admin)');
    expect(text).not.toContain('first-key');
  });

  it('gives the same credentials to connections that do not pass here', async () => {
    const upstream = keyUpstream();
    let asked = 0;
    const { resilient, call } = service(upstream.fetch, { credentials: async () => `token-${++asked}` });
    expect(await resilient.apiKey()).toBe('token-1');
    await call();
    expect(await resilient.apiKey()).toBe('token-1');
    expect(upstream.seen).toEqual(['token-1']);
  });

  it('goes on to the next source for such a connection when one fails, and says so when none is left', async () => {
    const failing = (): string => {
      throw new Error('vault sealed with own-key');
    };
    const { resilient } = service(keyUpstream().fetch, { credentials: [failing, 'own-key'] });
    expect(await resilient.apiKey()).toBe('own-key');
    const alone = service(keyUpstream().fetch, { credentials: failing }).resilient;
    const error = await alone.apiKey().catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: 'CredentialError', code: 'credentials_exhausted' });
    expect((error as Error).message).toMatch(
      /^No usable credential: function#1 failed \(Error\)\. A call in \d+ ms tries again\.$/,
    );
  });
});
