import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cannedFetch, startUpstream } from '@holdfast/testkit';
import fc from 'fast-check';
import { auth, fallback, pipeline, preset, refusalOf, retry, transport } from 'holdfast';
import OpenAI, { AuthenticationError, AzureOpenAI } from 'openai';
import { afterEach, describe, expect, it } from 'vitest';

const key = 'sk-test-bound-0123456789abcdef';
const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Will it hold?' }] };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Somebody else's server, which remembers what it is told. */
async function stranger(answer?: (request: IncomingMessage) => { status: number; headers?: Record<string, string> }) {
  const seen: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    request.resume();
    seen.push(request.headers);
    const { status, headers = {} } = answer?.(request) ?? { status: 200 };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{}');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const hasKey = (headers: unknown): boolean => JSON.stringify(headers).includes(key);

describe('a credential stays with its origin', () => {
  const ways = {
    "the client's own": (origin: string) => preset().wrap(new OpenAI({ apiKey: key, baseURL: `${origin}/v1` })),
    'one of a pool': (origin: string) =>
      preset({ auth: { credentials: [key] } }).wrap(new OpenAI({ apiKey: 'unused', baseURL: `${origin}/v1` })),
    'over the transport': (origin: string) =>
      preset({ transport: transport() }).wrap(new OpenAI({ apiKey: key, baseURL: `${origin}/v1` })),
  };

  describe.each(Object.entries(ways))('%s', (_name, clientOf) => {
    it('is not sent to an absolute URL elsewhere', async () => {
      await using upstream = await startUpstream();
      const other = await stranger();
      const client = clientOf(upstream.url);
      const error: unknown = await client.get(`${other.origin}/v1/models`).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(refusalOf(error)?.code).toBe('origin_not_bound');
      expect(other.seen).toEqual([]);
      expect((await client.get('/models')) as object).toBeTruthy();
    });

    it('does not follow a redirect', async () => {
      const other = await stranger();
      const gateway = await stranger(() => ({ status: 307, headers: { location: `${other.origin}/v1/models` } }));
      const error: unknown = await clientOf(gateway.origin)
        .get('/models')
        .catch((reason: unknown) => reason);
      expect(refusalOf(error)?.code).toBe('redirect_refused');
      expect(gateway.seen.length).toBeGreaterThan(0);
      expect(other.seen).toEqual([]);
    });
  });

  it('nor to a rung of a ladder elsewhere, which has a key of its own', async () => {
    const other = await stranger(() => ({ status: 503 }));
    const down = await stranger(() => ({ status: 503 }));
    const resilient = pipeline()
      .use(
        fallback({ endpoints: { other: { baseURL: `${other.origin}/v1` } }, models: { '*': [{ endpoint: 'other' }] } }),
      )
      .use(retry({ maxRetries: 0 }))
      .use(auth({ credentials: key }))
      .build();
    const client = resilient.wrap(
      new OpenAI({
        apiKey: key,
        organization: 'org-a',
        baseURL: `${down.origin}/v1`,
        defaultHeaders: { 'x-own': key },
      }),
    );
    await expect(client.chat.completions.create(params)).rejects.toThrow();
    expect(down.seen.every(hasKey)).toBe(true);
    expect(other.seen).toHaveLength(1);
    expect(other.seen.some(hasKey)).toBe(false);
  });
});

describe('law: whatever the address looks like, the key leaves for the bound origin and for no other', () => {
  const host = fc.constantFrom(
    'api.openai.com',
    'api.openai.com.',
    'API.OPENAI.COM',
    'api.openai.com.evil.example',
    'api-openai.com',
    'apì.openai.com',
    'xn--ap-mia.openai.com',
    'api.openai.com:443',
    'api.openai.com:8443',
    'eu.api.openai.com',
    '[::1]',
    '0x7f.1',
  );
  const userinfo = fc.constantFrom('', 'user:pass@', 'api.openai.com@', 'api.openai.com%40', `${key}@`);
  const scheme = fc.constantFrom('https://', 'http://', 'HTTPS://', 'https:\\\\', 'https:/', 'https:');
  const path = fc.constantFrom(
    '/v1/models',
    '//evil.example/v1/models',
    '/\\evil.example',
    '/v1/../v1/models',
    '?x=1',
    '#@evil',
  );

  it('by the layer that signs, and by the client itself', async () => {
    const law = fc.asyncProperty(scheme, userinfo, host, path, async (...parts) => {
      const url = parts.join('');
      const leaving = cannedFetch(() => new Response('{}', { headers: { 'content-type': 'application/json' } }));
      for (const layered of [true, false]) {
        const builder = pipeline({ fetch: leaving });
        if (layered) builder.use(auth({ credentials: key, origins: ['https://api.openai.com'] }));
        const bound = builder.build();
        const client = bound.wrap(new OpenAI({ apiKey: key, baseURL: 'https://api.openai.com/v1', fetch: leaving }));
        const { fetch } = client as unknown as { fetch: typeof globalThis.fetch };
        await fetch(url, { headers: { authorization: `Bearer ${key}` } }).catch(() => undefined);
      }
      for (const { url: sent, init } of leaving.calls) {
        const carries = new Headers(init.headers).get('authorization')?.includes(key) === true;
        if (carries) expect(new URL(sent).origin).toBe('https://api.openai.com');
      }
    });
    await fc.assert(law, { numRuns: 400 });
  });
});

describe('a client that signs for itself is left alone', () => {
  it('Azure keeps its api-key header and gets no bearer', async () => {
    const azure = await stranger();
    const resilient = preset({ auth: { credentials: 'sk-test-not-for-azure-0000' } });
    const client = resilient.wrap(
      new AzureOpenAI({ apiKey: key, endpoint: azure.origin, apiVersion: '2025-01-01', deployment: 'gpt-5' }),
    );
    await client.chat.completions.create(params).catch(() => undefined);
    expect(azure.seen[0]?.['api-key']).toBe(key);
    expect(azure.seen[0]?.authorization).toBeUndefined();
  });

  it('a SigV4 signature, which covers the request, goes out as it came', async () => {
    const gateway = await stranger();
    const signature = 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/bedrock/aws4_request, Signature=ab';
    const client = preset({ auth: { credentials: key } }).wrap(
      new OpenAI({ apiKey: 'unused', baseURL: `${gateway.origin}/v1`, defaultHeaders: { authorization: signature } }),
    );
    await client.models.list().catch(() => undefined);
    expect(gateway.seen[0]?.authorization).toBe(signature);
  });
});
