import { OptionError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import * as oauth from './index.ts';

const issuer = 'https://login.example';
const at = oauth.provider({ issuer, clientId: 'app' });
const redirectUri = 'https://app.example/callback';

describe('the options of provider', () => {
  it.each<[object, string]>([
    [{ issuer: undefined }, 'provider.issuer: expected the issuer identifier'],
    [{ issuer: 'http://login.example' }, 'provider.issuer: expected the issuer identifier'],
    [{ issuer: 'https://user:pass@login.example' }, 'provider.issuer'],
    [{ issuer: 'https://login.example/.well-known/openid-configuration' }, 'provider.issuer'],
    [{ issuer: 'https://login.example?x' }, 'provider.issuer'],
    [{ issuer: 'login.example' }, 'provider.issuer'],
    [{ issuer: 'http://127.0.0.1.evil.example' }, 'provider.issuer'],
    [{ clientId: '' }, 'provider.clientId: expected a text that is not empty, got ""'],
    [{ clientSecret: 'x' }, 'provider.clientSecret: expected one of'],
    [{ timeoutMs: 0 }, 'provider.timeoutMs: expected a duration in milliseconds, above 0, got 0'],
    [{ maxResponseBytes: 0 }, 'provider.maxResponseBytes: expected a whole number from 1, got 0'],
    [{ discoveryMaxAgeMs: -1 }, 'provider.discoveryMaxAgeMs'],
    [{ fetch: 'fetch' }, 'provider.fetch: expected a function, got "fetch"'],
    [{ clock: {} }, 'provider.clock: expected a clock, got an object'],
    [{ authentication: 'secret' }, 'provider.authentication.method: expected none, client_secret_basic'],
    [{ authentication: { method: 'client_secret_jwt' } }, 'provider.authentication.method'],
    [{ authentication: { method: 'client_secret_post', secret: '' } }, 'provider.authentication.secret: the cred'],
    [{ authentication: { method: 'private_key_jwt' } }, 'provider.authentication.key: expected a CryptoKey, a JWK'],
    [{ authentication: { method: 'private_key_jwt', key: 'pem' } }, 'provider.authentication.algorithm: expected'],
    [{ authentication: { method: 'tls_client_auth' } }, 'provider.fetch: expected a fetch that presents the cert'],
  ])('%j is refused in the factory, by name', (changes, sentence) => {
    const given = { issuer, clientId: 'app', ...changes } as oauth.ProviderOptions;
    expect(() => oauth.provider(given)).toThrow(sentence);
    expect(() => oauth.provider(given)).toThrow(TypeError);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000/tenant', 'http://[::1]:3000', 'https://login.example/a/b'])(
    '%s is an issuer',
    (given) => expect(oauth.provider({ issuer: given, clientId: 'app' }).issuer).toBe(given),
  );
});

describe('the options of userLogin', () => {
  it.each<[object, string]>([
    [{ provider: { issuer } }, 'userLogin.provider: expected what provider() gave, got an object'],
    [{ redirectUri: undefined }, 'userLogin.redirectUri: expected an https address'],
    [{ redirectUri: 'http://app.example/callback' }, 'userLogin.redirectUri'],
    [{ redirectUri: '/callback' }, 'userLogin.redirectUri'],
    [{ redirectUri: `${redirectUri}?a=b` }, 'userLogin.redirectUri'],
    [{ redirectUri: `${redirectUri}#` }, 'userLogin.redirectUri'],
    [{ scope: 'email' }, "userLogin.scope: expected scopes with a blank between them, 'openid' among them"],
    [{ pendingTtlMs: 0 }, 'userLogin.pendingTtlMs'],
    [{ pendingLogins: new Map() }, 'userLogin.pendingLogins: expected a store of pending logins'],
    [{ authorizationParameters: { state: 'mine' } }, 'userLogin.authorizationParameters: expected none that the flow'],
    [{ authorizationParameters: { code_challenge_method: 'plain' } }, 'userLogin.authorizationParameters'],
    [{ authorizationParameters: { prompt: 7 } }, 'userLogin.authorizationParameters.prompt: expected a text, got 7'],
  ])('%j is refused in the factory, by name', (changes, sentence) => {
    const given = { provider: at, redirectUri, ...changes } as oauth.UserLoginOptions;
    expect(() => oauth.userLogin(given)).toThrow(sentence);
    expect(() => oauth.userLogin(given)).toThrow(OptionError);
  });

  it('cannot be changed for one login either', async () => {
    const login = oauth.userLogin({ provider: at, redirectUri });
    await expect(login.start({ authorizationParameters: { redirect_uri: 'https://evil.example' } })).rejects.toThrow(
      'start.authorizationParameters: expected none that the flow sets itself',
    );
  });
});

describe('the options of', () => {
  const subjectToken = (): string => 'token';
  const workload = { identityProviderId: 'idp', serviceAccountId: 'sa', subjectToken };

  it.each<[string, () => unknown, string]>([
    ['memoryPendingLogins', () => oauth.memoryPendingLogins({ maxPending: 0 }), 'memoryPendingLogins.maxPending'],
    ['clientCredentials', () => oauth.clientCredentials({ provider: {} as never }), 'clientCredentials.provider'],
    ['clientCredentials', () => oauth.clientCredentials({ provider: at, id: '' }), 'clientCredentials.id'],
    [
      'tokenExchange',
      () => oauth.tokenExchange({ provider: at, subjectToken: 'a-fixed-token' as never }),
      'tokenExchange.subjectToken: expected a function, a source, or a subject token provider',
    ],
    [
      'workloadIdentity',
      () => oauth.workloadIdentity({ ...workload, serviceAccountId: '' }),
      'workloadIdentity.serviceAccountId',
    ],
    [
      'workloadIdentity',
      () => oauth.workloadIdentity({ serviceAccountId: 'sa', subjectToken } as never),
      'workloadIdentity.identityProviderId',
    ],
    [
      'workloadIdentity',
      () => oauth.workloadIdentity({ ...workload, tokenUrl: 'http://auth.example/token' }),
      'workloadIdentity.tokenUrl: expected an https address',
    ],
    [
      'signInWithChatGpt',
      () => oauth.signInWithChatGpt({ redirectUri } as never),
      'provider.issuer: expected the issuer identifier',
    ],
    [
      'signInWithChatGpt',
      () => oauth.signInWithChatGpt({ issuer, redirectUri } as never),
      'provider.clientId: expected a text that is not empty, got undefined',
    ],
  ])('%s are refused by name', (_name, build, sentence) => {
    expect(build).toThrow(sentence);
    expect(build).toThrow(OptionError);
  });

  it('deviceLogin are refused by name', async () => {
    await expect(oauth.deviceLogin({ provider: {} as never })).rejects.toThrow('deviceLogin.provider');
  });

  it('signInWithChatGpt are those of a provider and of a login, and nothing is guessed', () => {
    const { provider, login } = oauth.signInWithChatGpt({ issuer, clientId: 'app', redirectUri });
    expect(provider).toMatchObject({ issuer, clientId: 'app' });
    expect(login.cookie.name).toBe('__Host-holdfast_login');
  });
});
