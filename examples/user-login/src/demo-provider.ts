import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';
import { demoRows } from './demo-rows.ts';

/** A provider on this machine, so that the example needs none of yours. Anybody signs in by a name. */
export interface DemoProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How long an access token lives, in seconds: short, so that a refresh can be seen. */
export const accessTokenSeconds = 60;

/** Starts it, for an app that is sent back to at `redirectUri`. */
export async function startDemoProvider(redirectUri: string): Promise<DemoProvider> {
  const client = { clientId: 'user-login', clientSecret: randomBytes(32).toString('base64url') };
  let handle: RequestListener = () => undefined;
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configurationOf(client, redirectUri));
  const callback = provider.callback();
  handle = (request, response) =>
    request.url?.startsWith('/interaction/')
      ? void signIn(provider, request, response).catch(() => response.writeHead(400).end('Start again.'))
      : void callback(request, response);
  return {
    ...client,
    issuer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configurationOf(client: Pick<DemoProvider, 'clientId' | 'clientSecret'>, redirectUri: string): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    adapter: demoRows(),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        ...{ client_id: client.clientId, client_secret: client.clientSecret, redirect_uris: [redirectUri] },
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    cookies: { keys: [randomBytes(32).toString('hex')] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, { clientId }, token) => token.clientId === clientId },
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    renderError: (ctx, { error }) => void (ctx.body = `The provider says: ${error}`),
    rotateRefreshToken: true,
    ttl: {
      ...{ AccessToken: accessTokenSeconds, AuthorizationCode: 60, IdToken: 600, Interaction: 600 },
      ...{ Grant: 86_400, RefreshToken: 86_400, Session: 86_400 },
    },
  };
}

const form = `<!doctype html><title>Sign in</title>
<form method="post"><label>Name <input name="user" pattern="[a-z]+" required autofocus></label> <button>Sign in</button></form>`;

/** The page on which users sign in. Whoever does agrees to what the app asks for. */
async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(form);
    return;
  }
  const sent = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
  const accountId = sent.get('user') ?? '';
  if (!/^[a-z]{1,32}$/.test(accountId)) {
    response.writeHead(400).end('A name has letters from a to z.');
    return;
  }
  const grant = new provider.Grant({ accountId, clientId: params['client_id'] as string });
  grant.addOIDCScope(params['scope'] as string);
  const consent = { grantId: await grant.save() };
  await provider.interactionFinished(request, response, { login: { accountId }, consent });
}
