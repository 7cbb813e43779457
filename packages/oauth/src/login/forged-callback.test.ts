import { describe, expect, it } from 'vitest';
import { app, callbackOf } from '../../test/login-app.ts';
import { startProvider } from '../../test/test-provider.ts';
import { codeBy, oauthErrorBy } from '../../test/thrown-by.ts';
import { memoryPendingLogins, type PendingLogin, type PendingLogins } from '../index.ts';

const changed = (callback: URL, change: (parameters: URLSearchParams) => void): URL => {
  const url = new URL(callback);
  change(url.searchParams);
  return url;
};

describe('a callback that is forged', () => {
  it.each<[string, (parameters: URLSearchParams) => void, string]>([
    ['without state', (given) => given.delete('state'), 'state_missing'],
    ['with an empty state', (given) => given.set('state', ''), 'state_missing'],
    ['with another state', (given) => given.set('state', 'a'.repeat(43)), 'state_mismatch'],
    ['with two states', (given) => given.append('state', 'another'), 'callback_malformed'],
    ['with two codes', (given) => given.append('code', 'another'), 'callback_malformed'],
    ['with two issuers', (given) => given.append('iss', 'https://evil.example'), 'callback_malformed'],
    ['without a code', (given) => given.delete('code'), 'callback_malformed'],
    ['with a token in it', (given) => given.set('id_token', 'a.b.c'), 'callback_malformed'],
    ['wrapped in a token', (given) => given.set('response', 'a.b.c'), 'callback_malformed'],
  ])('%s is refused, and the login goes on', async (_name, change, code) => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login);
    expect(await codeBy(login.finish(changed(callback, change), pendingId))).toBe(code);
    expect(far.tokenRequests).toBe(0);
    expect((await login.finish(callback, pendingId)).subject).toBe('ada');
  });

  it.each<[string, (parameters: URLSearchParams) => void]>([
    ['from another issuer', (given) => given.set('iss', 'https://evil.example')],
    ['from an issuer that is nearly the right one', (given) => given.set('iss', `${given.get('iss')}/`)],
    ['from an issuer that does not say who it is', (given) => given.delete('iss')],
    ['with an error from another issuer', (given) => (given.set('error', 'access_denied'), given.delete('iss'))],
  ])('%s is refused, and the login is over', async (_name, change) => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login);
    expect(await codeBy(login.finish(changed(callback, change), pendingId))).toBe('issuer_mismatch');
    expect(await codeBy(login.finish(callback, pendingId))).toBe('login_used');
    expect(far.tokenRequests).toBe(0);
  });

  it.each([
    'https://evil.example/callback',
    'http://127.0.0.1:2/callback',
    'http://127.0.0.1:1/other',
    'http://127.0.0.1:1/callback/',
    '//evil.example/callback',
    '/other',
    'http://',
  ])('at %s is refused', async (address) => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login);
    expect(await codeBy(login.finish(address + callback.search, pendingId))).toBe('callback_mismatch');
    expect(far.tokenRequests).toBe(0);
  });
});

describe('a callback in a browser', () => {
  it('in which no login was begun is refused: an attacker cannot sign others in as themselves', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback } = await callbackOf(login, 'mallory');
    expect(await codeBy(login.finish(callback, undefined))).toBe('login_missing');
    expect(await codeBy(login.finish(callback, ''))).toBe('login_missing');
    expect(await codeBy(login.finish(callback, 'A'.repeat(43)))).toBe('login_unknown');
    expect(await codeBy(login.finish(callback, `${'x'.repeat(5000)}`))).toBe('login_unknown');
    expect(far.tokenRequests).toBe(0);
  });

  it('in which another login is going on is refused, and that one goes on', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const [attacker, victim] = [await callbackOf(login, 'mallory'), await callbackOf(login, 'ada')];
    expect(await codeBy(login.finish(attacker.callback, victim.pendingId))).toBe('state_mismatch');
    expect(await codeBy(login.finish(victim.callback, attacker.pendingId))).toBe('state_mismatch');
    expect(far.tokenRequests).toBe(0);
    expect((await login.finish(victim.callback, victim.pendingId)).subject).toBe('ada');
  });

  it('that comes a second time is refused, and asks for no second token', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login);
    await login.finish(callback, pendingId);
    expect(await codeBy(login.finish(callback, pendingId))).toBe('login_used');
    expect(far.tokenRequests).toBe(1);
  });

  it('that comes many times at once is taken once', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const { callback, pendingId } = await callbackOf(login);
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => login.finish(callback, pendingId)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'login_used' });
    expect(far.tokenRequests).toBe(1);
  });

  it('that comes too late is refused', async () => {
    await using far = await startProvider();
    const { login, clock } = app(far);
    const [late, justInTime] = [await callbackOf(login), await callbackOf(login)];
    await clock.advance(599_999);
    expect((await login.finish(justInTime.callback, justInTime.pendingId)).subject).toBe('ada');
    await clock.advance(1);
    expect(await codeBy(login.finish(late.callback, late.pendingId))).toBe('login_expired');
    expect(far.tokenRequests).toBe(1);
  });
});

describe('a code', () => {
  it('of another login is of no use: its verifier is another', async () => {
    await using far = await startProvider();
    const { login } = app(far);
    const [attacker, victim] = [await callbackOf(login, 'mallory'), await callbackOf(login, 'ada')];
    const stolen = victim.callback.searchParams.get('code') as string;
    const injected = changed(attacker.callback, (given) => given.set('code', stolen));
    const error = await oauthErrorBy(login.finish(injected, attacker.pendingId));
    expect(error).toMatchObject({ code: 'invalid_grant', providerError: 'invalid_grant', status: 400 });
    expect(error.message).not.toContain(stolen.slice(0, 8));
  });

  it('of another login is of no use even where a provider does not look at the verifier', async () => {
    await using far = await startProvider();
    const kept: PendingLogin[] = [];
    const memory = memoryPendingLogins();
    const pendingLogins: PendingLogins = {
      ...memory,
      put: (id, login) => (kept.push(login), memory.put(id, login)),
    };
    // Sends the verifier of the victim's login, as if the provider took any.
    const lenient: typeof fetch = (input, init) => {
      if (init?.body instanceof URLSearchParams && init.body.has('code_verifier'))
        init.body.set('code_verifier', kept[1]?.codeVerifier.reveal() as string);
      return fetch(input, init);
    };
    const { login } = app(far, { pendingLogins }, 'app', { fetch: lenient as never });
    const [attacker, victim] = [await callbackOf(login, 'mallory'), await callbackOf(login, 'ada')];
    const stolen = victim.callback.searchParams.get('code') as string;
    const injected = changed(attacker.callback, (given) => given.set('code', stolen));
    expect(await codeBy(login.finish(injected, attacker.pendingId))).toBe('nonce_mismatch');
  });

  it('of another client is of no use', async () => {
    await using far = await startProvider();
    const [ours, theirs] = [app(far).login, app(far, {}, 'other-app').login];
    const [attacker, victim] = [await callbackOf(ours), await callbackOf(theirs)];
    const stolen = victim.callback.searchParams.get('code') as string;
    const injected = changed(attacker.callback, (given) => given.set('code', stolen));
    expect(await codeBy(ours.finish(injected, attacker.pendingId))).toBe('invalid_grant');
  });

  it('of an honest provider never reaches another one that shares the callback', async () => {
    await using honest = await startProvider();
    await using evil = await startProvider();
    const pendingLogins = memoryPendingLogins();
    const [ours, theirs] = [app(honest, { pendingLogins }).login, app(evil, { pendingLogins }).login];
    const { callback, pendingId } = await callbackOf(ours);
    expect(await codeBy(theirs.finish(callback, pendingId))).toBe('issuer_mismatch');
    expect([honest.tokenRequests, evil.tokenRequests]).toEqual([0, 0]);
  });
});

describe('an ID token', () => {
  it('that the keys of the provider did not sign is refused', async () => {
    await using far = await startProvider();
    await using stranger = await startProvider();
    const keysOfStranger: typeof fetch = (input, init) =>
      fetch((input as string).endsWith('/jwks') ? `${stranger.issuer}/jwks` : input, init);
    const tampering: typeof fetch = async (input, init) => {
      const response = await keysOfStranger(input, init);
      if (!(input as string).endsWith('/token')) return response;
      const body = (await response.json()) as { id_token: string };
      const [header, payload = '', signature] = body.id_token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
      return Response.json({ ...body, id_token: [header, forged, signature].join('.') });
    };
    const { login } = app(far, {}, 'app', { fetch: tampering as never });
    const { callback, pendingId } = await callbackOf(login);
    expect(await oauthErrorBy(login.finish(callback, pendingId))).toMatchObject({
      code: 'invalid_response',
      mayBeUsed: true,
    });
  });
});

describe('the way back', () => {
  it.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/%2f/evil.example',
    '/\t/evil.example',
    'inbox',
  ])('%j leads elsewhere, and no login is begun', async (returnTo) => {
    await using far = await startProvider();
    expect(await codeBy(app(far).login.start({ returnTo }))).toBe('return_to_refused');
    expect(far.seen).toEqual([]);
  });

  it('that was changed in a shared store is refused before any token is asked for', async () => {
    await using far = await startProvider();
    const memory = memoryPendingLogins();
    const pendingLogins: PendingLogins = {
      ...memory,
      put: (id, login) => memory.put(id, { ...login, returnTo: '//evil.example' }),
    };
    const { login } = app(far, { pendingLogins });
    const { callback, pendingId } = await callbackOf(login);
    expect(await codeBy(login.finish(callback, pendingId))).toBe('return_to_refused');
    expect(far.tokenRequests).toBe(0);
  });
});
