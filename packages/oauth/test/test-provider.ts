import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider, type Configuration } from 'oidc-provider';
import { memoryAdapter } from './memory-adapter.ts';

/** Where the app under test is reached. Nobody listens there: browsers of tests stop at it. */
export const redirectUri = 'http://127.0.0.1:1/callback';

export const clientSecret = 'a-secret-of-the-client-0123456789abcdef';

/** A request that reached the provider. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
}

/** A real provider on this machine. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly oidc: Provider;
  readonly seen: SeenRequest[];
  /** How often the token endpoint was asked. */
  readonly tokenRequests: number;
}

const signingKey = await generateKeyPair('ES256', { extractable: true }).then(({ privateKey }) =>
  exportJWK(privateKey),
);

const page = (body: string): string => `<!doctype html><title>test</title>${body}`;

/** How the provider of the tests is set up: everything strict, and with pages of its own. */
function configuration(changes: Configuration): Configuration {
  const code = { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] };
  return {
    adapter: memoryAdapter(),
    jwks: { keys: [{ ...signingKey, kid: 'test', use: 'sig', alg: 'ES256' }] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      { ...code, client_id: 'app', client_secret: clientSecret },
      { ...code, client_id: 'other-app', client_secret: `other-${clientSecret}` },
      { ...code, client_id: 'public-app', token_endpoint_auth_method: 'none' },
      {
        client_id: 'device',
        token_endpoint_auth_method: 'none',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
      },
    ],
    cookies: { keys: ['test'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form) => void (ctx.body = page(form)),
        userCodeConfirmSource: (ctx, form) => void (ctx.body = page(form)),
        successSource: (ctx) => void (ctx.body = page('signed in')),
      },
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    renderError: (ctx, out) => void (ctx.body = page(`error: ${out.error}`)),
    // Stated, as those that are not are announced on the console.
    ttl: {
      ...{ AccessToken: 300, ClientCredentials: 300, DeviceCode: 300, IdToken: 300 },
      ...{ Grant: 3600, Interaction: 3600, RefreshToken: 3600, Session: 3600 },
    },
    ...changes,
  };
}

/** How to start one. */
export interface TestProviderOptions {
  readonly changes?: Configuration;
  /** Makes the server; plain HTTP unless stated. */
  readonly server?: (listener: RequestListener) => Server;
  /** Answers before the provider does, where it returns `true`. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Starts a provider; users sign in by name alone. */
export async function startProvider(options: TestProviderOptions = {}): Promise<TestProvider> {
  const seen: SeenRequest[] = [];
  let handle: RequestListener = () => undefined;
  const server = (options.server ?? createServer)((request, response) => {
    const path = (request.url ?? '').split('?')[0] as string;
    seen.push({ method: request.method ?? '', path });
    if (options.intercept?.(request, response) !== true) handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `${options.server === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const oidc = new Provider(issuer, configuration(options.changes ?? {}));
  const callback = oidc.callback();
  handle = (request, response) =>
    request.url?.startsWith('/interaction/') ? interact(oidc, request, response) : callback(request, response);
  return {
    issuer,
    oidc,
    seen,
    get tokenRequests() {
      return seen.filter(({ method, path }) => method === 'POST' && path === '/token').length;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The page on which users sign in; whoever does consents to everything. */
async function interact(oidc: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, params } = await oidc.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    response.end(page(`<form method="post" action="/interaction/${uid}"><input name="user"></form>`));
    return;
  }
  const accountId = new URLSearchParams(Buffer.concat(await request.toArray()).toString()).get('user') as string;
  if (accountId === 'nobody') {
    await oidc.interactionFinished(request, response, { error: 'access_denied', error_description: 'not today' });
    return;
  }
  const grant = new oidc.Grant({ accountId, clientId: params['client_id'] as string });
  grant.addOIDCScope(params['scope'] as string);
  const consent = { grantId: await grant.save() };
  await oidc.interactionFinished(request, response, { login: { accountId }, consent });
}
