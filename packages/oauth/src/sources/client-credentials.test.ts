import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Readable } from 'node:stream';
import type { Fetch } from '@holdfast/core';
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { startScripted } from '../../test/scripted-provider.ts';
import { clientSecret, startProvider } from '../../test/test-provider.ts';
import { codeBy, oauthErrorBy } from '../../test/thrown-by.ts';
import { clientCredentials, provider, type ClientAuthentication } from '../index.ts';

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const publicJwk = await exportJWK(publicKey);
const pem = (name: string): string =>
  readFileSync(new URL(`../../test/test-only-${name}.pem`, import.meta.url), 'utf8');

const service = (method: string, changes: object = {}) => ({
  ...{ client_id: 'service', grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
  ...{ token_endpoint_auth_method: method as never, scope: 'api', ...changes },
});

const withClient = (client: object) => ({ changes: { clients: [client as never], scopes: ['openid', 'api'] } });

const signal = (): AbortSignal => new AbortController().signal;

describe('client credentials', () => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)('by %s', async (method) => {
    await using far = await startProvider(withClient(service(method, { client_secret: clientSecret })));
    const authentication = { method, secret: clientSecret };
    const source = clientCredentials({
      provider: provider({ issuer: far.issuer, clientId: 'service', authentication }),
      scope: 'api',
    });
    expect(source).toMatchObject({ id: 'client:service', kind: 'token' });
    const before = Date.now();
    const { value, expiresAtMs } = await source.read({ signal: signal() });
    expect(await far.oidc.ClientCredentials.find(value.reveal())).toMatchObject({ scope: 'api' });
    expect(expiresAtMs).toBeGreaterThanOrEqual(before + 300_000);
    expect((await source.read({ signal: signal() })).value.equals(value)).toBe(false);
  });

  it.each<[string, () => Promise<ClientAuthentication>]>([
    ['a CryptoKey', async () => ({ method: 'private_key_jwt', key: privateKey })],
    ['a JWK', async () => ({ method: 'private_key_jwt', key: { ...(await exportJWK(privateKey)), alg: 'ES256' } })],
    ['PEM', async () => ({ method: 'private_key_jwt', key: await exportPKCS8(privateKey), algorithm: 'ES256' })],
  ])('by an assertion that is signed with %s', async (_name, given) => {
    await using far = await startProvider(
      withClient(service('private_key_jwt', { jwks: { keys: [{ ...publicJwk, alg: 'ES256', kid: 'one' }] } })),
    );
    const authentication = { ...(await given()), keyId: 'one' } as ClientAuthentication;
    const source = clientCredentials({
      provider: provider({ issuer: far.issuer, clientId: 'service', authentication }),
    });
    const { value } = await source.read({ signal: signal() });
    expect(await far.oidc.ClientCredentials.find(value.reveal())).toBeDefined();
  });

  it('by a certificate that the fetch of the user presents', async () => {
    const [ca, server, client] = ['ca', 'server', 'client'].map(pem) as [string, string, string];
    const certificateOf = ({ socket }: { socket: unknown }): string =>
      (socket as TLSSocket).getPeerX509Certificate()?.toString() ?? '';
    await using far = await startProvider({
      server: (listener) =>
        createServer({ cert: server, key: server, ca, requestCert: true, rejectUnauthorized: false }, listener),
      changes: {
        ...withClient(service('tls_client_auth', { tls_client_auth_subject_dn: 'any' })).changes,
        clientAuthMethods: ['tls_client_auth', 'none'],
        features: {
          devInteractions: { enabled: false },
          clientCredentials: { enabled: true },
          mTLS: {
            enabled: true,
            tlsClientAuth: true,
            getCertificate: (ctx) => certificateOf(ctx.req),
            certificateAuthorized: (ctx) => (ctx.req.socket as TLSSocket).authorized,
            certificateSubjectMatches: () => true,
          },
        },
      },
    });
    const ask = (fetch: Fetch) =>
      clientCredentials({
        provider: provider({
          ...{ issuer: far.issuer, clientId: 'service', fetch },
          authentication: { method: 'tls_client_auth' },
        }),
      }).read({ signal: signal() });
    const { value } = await ask(fetchBy({ ca, cert: client, key: client }));
    expect(await far.oidc.ClientCredentials.find(value.reveal())).toBeDefined();
    expect(await oauthErrorBy(ask(fetchBy({ ca })))).toMatchObject({ providerError: 'invalid_client' });
    expect(await codeBy(ask(fetchBy({})))).toBe('connection_lost');
  });

  it('send what else was wanted', async () => {
    await using far = await startScripted();
    const at = provider({ issuer: far.issuer, clientId: 'service' });
    const parameters = { audience: 'api', resource: 'https://api.example' };
    await clientCredentials({ provider: at, scope: 'a b', parameters }).read({ signal: signal() });
    const expected = { ...parameters, scope: 'a b', grant_type: 'client_credentials', client_id: 'service' };
    expect(Object.fromEntries(far.grants[0]?.form ?? [])).toEqual(expected);
  });

  it.each<[string, string | JWK]>([
    ['is no key', 'not a key, but something secret'],
    ['is a public key', publicJwk],
    ['is a shared secret', { kty: 'oct', k: 'c29tZXRoaW5nIHNlY3JldA' }],
  ])('say so where their key %s, and do not quote it', async (_name, key) => {
    await using far = await startScripted();
    const authentication = { method: 'private_key_jwt', key, algorithm: 'ES256' } as const;
    const source = clientCredentials({
      provider: provider({ issuer: far.issuer, clientId: 'service', authentication }),
    });
    const error = await oauthErrorBy(source.read({ signal: signal() }));
    expect(error.code).toBe('invalid_key');
    expect(error.message).not.toMatch(/secret|c29tZX/);
    expect(far.grants).toEqual([]);
  });
});

/** A fetch of the user's, with a certificate, over `node:https`. */
function fetchBy(tls: { ca?: string; cert?: string; key?: string }): Fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers, body } = init ?? {};
      const sent = request(String(input), { ...tls, method, headers: headers as never, agent: false }, (answer) => {
        const given = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as [string, string]);
        resolve(
          new Response(Readable.toWeb(answer) as ReadableStream, { status: answer.statusCode ?? 0, headers: given }),
        );
      });
      sent.once('error', (error) => reject(new TypeError('fetch failed', { cause: error })));
      sent.end(body == null ? undefined : String(body));
    });
}
