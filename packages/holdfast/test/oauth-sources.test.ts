import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientCredentials, provider, tokenExchange, workloadIdentity, type TokenSource } from '@holdfast/oauth';
import { startUpstream } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { auth, pipeline, transport } from '../src/index.ts';

const ids = { identityProviderId: 'idp_1', serviceAccountId: 'sa_1' };
const getToken = async (): Promise<string> => 'subject-token';
const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };

describe('an exchanged token', () => {
  it.each(['jwt', 'id'] as const)('of a %s is asked for as the openai client asks for it', async (tokenType) => {
    await using far = await startRecording();
    const tokenUrl = `${far.origin}/oauth/token`;
    const source = workloadIdentity({ ...ids, subjectToken: { tokenType, getToken }, tokenUrl });
    await source.read({ signal: new AbortController().signal });
    const client = new OpenAI({
      workloadIdentity: { ...ids, provider: { tokenType, getToken } },
      fetch: (input, init) => fetch(String(input).replace(/^https:\/\/[^/]+/, far.origin), init as RequestInit),
    });
    await client.models.list().catch(() => undefined);
    const [ours, theirs] = far.exchanges;
    expect(ours).toEqual(theirs);
    expect(ours?.path).toBe('/oauth/token');
  });

  it('signs calls of a pipeline, is kept as long as it holds, and gives way to another when it is rejected', async () => {
    await using upstream = await startUpstream({ keys: ['sk-unused'] });
    const subjects: string[] = [];
    const source = workloadIdentity({
      ...ids,
      subjectToken: { tokenType: 'jwt', getToken: async () => `subject-${subjects.push('asked')}` },
      tokenUrl: `${upstream.url}/oauth/token`,
    });
    const given: string[] = [];
    const noting: TokenSource = {
      ...source,
      async read(request) {
        const token = await source.read(request);
        given.push(token.value.reveal());
        return token;
      },
    };
    const resilient = pipeline({ service: 'workload' })
      .use(auth({ credentials: noting }))
      .build();
    const client = resilient.wrap(new OpenAI({ baseURL: upstream.baseURL, apiKey: 'none' }));
    for (let call = 0; call < 3; call++) await client.chat.completions.create(question);
    expect(subjects).toHaveLength(1);
    upstream.revokeKey(given[0] as string);
    await client.chat.completions.create(question);
    expect(subjects).toHaveLength(2);
    expect(upstream.requests({ path: '/chat/completions' }).map(({ status }) => status)).toEqual([
      200, 200, 200, 401, 200,
    ]);
    await resilient.close();
  });

  it('comes over the pooled transport as well', async () => {
    await using upstream = await startUpstream();
    const pooled = transport();
    const source = workloadIdentity({
      ...ids,
      subjectToken: { tokenType: 'jwt', getToken },
      tokenUrl: `${upstream.url}/oauth/token`,
      fetch: pooled.fetch,
    });
    expect((await source.read({ signal: new AbortController().signal })).value).toBeDefined();
    await pooled.close();
  });

  it('that cannot be had is a 401 of the caller, and tells what failed without a word of the source', async () => {
    await using upstream = await startUpstream();
    const at = provider({ issuer: 'http://127.0.0.1:1', clientId: 'workload' });
    const source = tokenExchange({ provider: at, subjectToken: () => Promise.reject(new Error('subject-token')) });
    const resilient = pipeline({ service: 'workload' })
      .use(auth({ credentials: source }))
      .build();
    const client = resilient.wrap(new OpenAI({ baseURL: upstream.baseURL, apiKey: 'none' }));
    const error = await client.chat.completions.create(question).catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect((error as Error).message).toContain('exchange:workload failed (OAuthError)');
    expect((error as Error).message).not.toContain('subject-token');
    expect(upstream.log).toEqual([]);
    await resilient.close();
  });
});

describe('a form', () => {
  it('goes over the pooled transport as over the global fetch', async () => {
    const forms: string[] = [];
    const server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        response.setHeader('content-type', 'application/json');
        if (request.method === 'POST')
          forms.push(`${request.headers['content-type']} ${Buffer.concat(chunks).toString()}`);
        const issued = { access_token: 'issued', token_type: 'Bearer' };
        response.end(
          JSON.stringify(request.method === 'POST' ? issued : { issuer, token_endpoint: `${issuer}/token` }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pooled = transport();
    for (const given of [{}, { fetch: pooled.fetch }]) {
      const at = provider({ issuer, clientId: 'service', ...given });
      await clientCredentials({ provider: at, scope: 'a b' }).read({ signal: new AbortController().signal });
    }
    expect(forms[0]).toContain('scope=a+b&grant_type=client_credentials&client_id=service');
    expect(forms[1]).toBe(forms[0]);
    await pooled.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

/** Notes what comes to the token endpoint. */
async function startRecording() {
  const exchanges: { path: string | undefined; type: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const isExchange = request.method === 'POST';
      const { url: path, headers } = request;
      if (isExchange)
        exchanges.push({ path, type: headers['content-type'], body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.setHeader('content-type', 'application/json');
      const issued = { access_token: 'exchanged', token_type: 'Bearer', expires_in: 60 };
      response.end(JSON.stringify(isExchange ? issued : { data: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
