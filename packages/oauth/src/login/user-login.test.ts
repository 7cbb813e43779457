import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { app, callbackOf } from '../../test/login-app.ts';
import { startScripted } from '../../test/scripted-provider.ts';
import { redirectUri, startProvider } from '../../test/test-provider.ts';
import { codeBy, oauthErrorBy } from '../../test/thrown-by.ts';
import { OAuthError, memoryPendingLogins, provider, userLogin } from '../index.ts';

const offline = { scope: 'openid offline_access', authorizationParameters: { prompt: 'consent' } };

describe('a login', () => {
  it('gives tokens, who signed in, and where they wanted to be', async () => {
    await using far = await startProvider();
    const { login } = app(far, offline);
    const { callback, browser } = await callbackOf(login);
    const finished = await login.finish(callback, login.cookie.read(browser.cookieHeader));
    expect(finished).toMatchObject({ issuer: far.issuer, subject: 'ada', returnTo: '/inbox', claims: { aud: 'app' } });
    expect(finished.tokens.scope).toBe('openid offline_access');
    expect(finished.tokens.expiresAtMs).toBeGreaterThan(Date.now() + 290_000);
    expect(far.tokenRequests).toBe(1);
    const printed = inspect(finished, { depth: 9, showHidden: true }) + JSON.stringify(finished);
    for (const token of [finished.tokens.accessToken, finished.tokens.refreshToken])
      expect(printed).not.toContain(token?.reveal().slice(0, 8));
  });

  it('of a public client is protected by PKCE alone', async () => {
    await using far = await startProvider();
    const { login } = app(far, {}, 'public-app');
    const { callback, pendingId } = await callbackOf(login);
    expect((await login.finish(callback, pendingId)).subject).toBe('ada');
  });

  it('asks with S256, state, nonce and the exact redirect URI, and with what else was wanted', async () => {
    await using far = await startScripted();
    const { login } = app(far, { authorizationParameters: { audience: 'api' } });
    const { url } = await login.start({ authorizationParameters: { login_hint: 'ada' } });
    const { searchParams } = new URL(url);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: 'app', redirect_uri: redirectUri, scope: 'openid' },
      ...{ code_challenge_method: 'S256', audience: 'api', login_hint: 'ada' },
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(searchParams.get(name)).toMatch(/^[\w-]{43}$/);
  });

  it('draws new secrets each time', async () => {
    await using far = await startScripted();
    const { login } = app(far);
    const starts = await Promise.all(Array.from({ length: 20 }, () => login.start()));
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(new Set(starts.map(({ url }) => new URL(url).searchParams.get(name))).size).toBe(20);
    expect(new Set(starts.map(({ pendingId }) => pendingId)).size).toBe(20);
    expect(far.discoveries).toBe(1);
  });

  it('takes the path of a callback, as express tells it', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login);
    expect((await login.finish(callback.pathname + callback.search, pendingId)).subject).toBe('ada');
  });

  it('that the user refuses says so, asks for no tokens, and is over', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login, 'nobody');
    const error = await oauthErrorBy(login.finish(callback, pendingId));
    expect(error).toMatchObject({ code: 'authorization_refused', providerError: 'access_denied' });
    expect(error.message).toBe('The login was refused by the user or the provider: access_denied.');
    expect(await codeBy(login.finish(callback, pendingId))).toBe('login_used');
    expect(far.tokenRequests).toBe(0);
  });

  it('is not lost to a provider that cannot be reached when its user comes back', async () => {
    await using far = await startProvider();
    let isDown = false;
    const { login, clock } = app(far, {}, 'app', {
      discoveryMaxAgeMs: 1000,
      fetch: (...given) => (isDown ? Promise.reject(refused()) : fetch(...given)),
    });
    const { callback, pendingId } = await callbackOf(login);
    await clock.advance(2000);
    isDown = true;
    expect(await codeBy(login.finish(callback, pendingId))).toBe('unreachable');
    isDown = false;
    expect((await login.finish(callback, pendingId)).subject).toBe('ada');
  });

  it('ends with the reason of its signal', async () => {
    await using far = await startScripted({ discovery: () => undefined });
    const { login } = app(far);
    const controller = new AbortController();
    const pending = login.start({ signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  it('is begun at no provider whose page speaks plain HTTP elsewhere, or that cannot do S256', async () => {
    for (const [metadata, code] of [
      [{ authorization_endpoint: 'http://login.example/authorize' }, 'insecure_endpoint'],
      [{ authorization_endpoint: 'javascript:alert(1)' }, 'insecure_endpoint'],
      [{ code_challenge_methods_supported: ['plain'] }, 'provider_unsupported'],
      [{ authorization_endpoint: undefined }, 'provider_unsupported'],
    ] as const) {
      await using far = await startScripted({ metadata });
      expect(await codeBy(app(far).login.start())).toBe(code);
    }
  });
});

describe('the cookie of a login', () => {
  const cookieAt = (uri: string) =>
    userLogin({ provider: provider({ issuer: 'https://login.example', clientId: 'app' }), redirectUri: uri }).cookie;

  it('is for HTTPS, one host and no script; on this machine it does without', () => {
    expect(cookieAt('https://app.example/callback').set('id')).toBe(
      '__Host-holdfast_login=id; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure',
    );
    expect(cookieAt('http://localhost:3000/callback').set('id')).toBe(
      'holdfast_login=id; Max-Age=600; Path=/; HttpOnly; SameSite=Lax',
    );
    expect(cookieAt('http://localhost:3000/callback').clear).toContain('holdfast_login=; Max-Age=0;');
  });

  it('is read from among others, and not at all where two disagree', () => {
    const { read } = cookieAt('http://localhost:3000/callback');
    expect(read('a=b; holdfast_login=one; c=d')).toBe('one');
    expect(read('holdfast_login=one; holdfast_login=two')).toBeUndefined();
    expect(read('not_holdfast_login=one')).toBeUndefined();
    expect(read(undefined)).toBeUndefined();
  });
});

describe('pending logins in memory', () => {
  it('forget the oldest when there are too many', async () => {
    await using far = await startScripted();
    const pendingLogins = memoryPendingLogins({ maxPending: 2 });
    const { login } = app(far, { pendingLogins });
    const started = [await login.start(), await login.start(), await login.start()];
    const kept = await Promise.all(started.map(({ pendingId }) => pendingLogins.get(pendingId)));
    expect(kept.map((entry) => entry !== undefined)).toEqual([false, true, true]);
  });

  it('forget what has expired as others begin, and print no secret', async () => {
    await using far = await startScripted();
    const { clock } = app(far);
    const pendingLogins = memoryPendingLogins({ clock });
    const { login } = app(far, { pendingLogins }, 'app', { clock });
    const { pendingId, url } = await login.start();
    const kept = await pendingLogins.get(pendingId);
    expect(inspect(kept) + JSON.stringify(kept)).not.toContain(new URL(url).searchParams.get('state'));
    await clock.advance(600_000);
    await login.start();
    expect(await pendingLogins.get(pendingId)).toBeUndefined();
  });
});

describe('an OAuthError', () => {
  it('has a code, and no cause', () => {
    const error = new OAuthError('timeout', 'late');
    expect(error).toMatchObject({ name: 'OAuthError', code: 'timeout', mayBeUsed: false });
    expect(error.cause).toBeUndefined();
  });
});

const refused = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
