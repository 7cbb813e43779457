import type { ServerResponse } from 'node:http';
import { Secret } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it, vi } from 'vitest';
import { app, callbackOf } from '../../test/login-app.ts';
import { bearer, startScripted, type Answer } from '../../test/scripted-provider.ts';
import { startProvider } from '../../test/test-provider.ts';
import { codeBy, oauthErrorBy } from '../../test/thrown-by.ts';
import { provider, type Provider, type ProviderOptions } from '../index.ts';

const offline = { scope: 'openid offline_access', authorizationParameters: { prompt: 'consent' } };
const record = { refreshToken: Secret.from('a-refresh-token-0123456789', 'test'), scope: 'openid' };

function at(issuer: string, changes: Partial<ProviderOptions> = {}): { at: Provider; clock: ManualClock } {
  const clock = new ManualClock(Date.now());
  return { clock, at: provider({ issuer, clientId: 'app', clock, ...changes }) };
}

describe('the discovery', () => {
  it('is asked once by all who need it, and again when it is old', async () => {
    await using far = await startScripted();
    const { at: asked, clock } = at(far.issuer, { discoveryMaxAgeMs: 60_000 });
    const issuers = await Promise.all(Array.from({ length: 20 }, () => asked.discover()));
    expect(new Set(issuers)).toEqual(new Set([far.issuer]));
    await clock.advance(59_999);
    await asked.discover();
    expect(far.discoveries).toBe(1);
    await clock.advance(1);
    await asked.discover();
    expect(far.discoveries).toBe(2);
  });

  it('that fails is not remembered', async () => {
    let isDown = true;
    await using far = await startProvider({
      intercept: (_request, response) => isDown && (response.writeHead(503).end(), true),
    });
    const { at: asked } = at(far.issuer);
    expect(await codeBy(asked.discover())).toBe('provider_unavailable');
    isDown = false;
    expect(await asked.discover()).toBe(far.issuer);
  });

  it.each<[string, Parameters<typeof startScripted>[0], string]>([
    ['of another issuer', { metadata: { issuer: 'https://evil.example' } }, 'issuer_mismatch'],
    ['that is no JSON', { discovery: (answer) => answer.end('<html>') }, 'invalid_response'],
    ['that is a list', { discovery: (answer) => answer.end('[]') }, 'invalid_response'],
    ['that redirects', { discovery: (answer) => answer.writeHead(302, { location: '/' }).end() }, 'invalid_response'],
    ['that is not there', { discovery: (answer) => answer.writeHead(404).end() }, 'invalid_response'],
    ['that breaks off', { discovery: (answer) => answer.socket?.destroy() }, 'connection_lost'],
    ['without end', { discovery: (answer) => answer.end(' '.repeat(2_000_000)) }, 'response_too_large'],
  ])('%s is refused', async (_name, script, code) => {
    await using far = await startScripted(script);
    const error = await oauthErrorBy(at(far.issuer).at.refresh(record));
    expect(error).toMatchObject({ code, mayBeUsed: false });
    expect(far.grants).toEqual([]);
  });

  it('that hangs is given up on the clock, for all who wait, and leaves no timer', async () => {
    await using far = await startScripted({ discovery: () => undefined });
    const { at: asked, clock } = at(far.issuer, { timeoutMs: 2000 });
    const errors = await clock.runUntil(Promise.all([oauthErrorBy(asked.discover()), oauthErrorBy(asked.discover())]));
    expect(errors.map(({ code }) => code)).toEqual(['timeout', 'timeout']);
    expect([clock.monotonic(), clock.pendingTimers]).toEqual([2000, 0]);
    expect(far.discoveries).toBe(1);
  });

  it('goes on for the others when one of them gives up', async () => {
    let answer = (): void => undefined;
    await using far = await startScripted({
      discovery: (response) => (answer = () => void response.end(JSON.stringify({ issuer: far.issuer }))),
    });
    const { at: asked } = at(far.issuer);
    const controller = new AbortController();
    const [impatient, patient] = [asked.discover({ signal: controller.signal }), asked.discover()];
    impatient.catch(() => undefined);
    while (far.discoveries === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('no longer wanted'));
    await expect(impatient).rejects.toThrow('no longer wanted');
    answer();
    expect(await patient).toBe(far.issuer);
  });
});

describe('a refresh', () => {
  it('gives new tokens; the old refresh token is of no use afterwards', async () => {
    await using far = await startProvider();
    const { login, at: asked } = app(far, offline);
    const { callback, pendingId } = await callbackOf(login);
    const { tokens, subject } = await login.finish(callback, pendingId);
    const renewed = await asked.refresh(tokens, { subject });
    expect(renewed.accessToken.equals(tokens.accessToken)).toBe(false);
    expect(renewed.refreshToken?.equals(tokens.refreshToken as Secret)).toBe(false);
    expect(renewed.scope).toBe('openid offline_access');
    expect(await oauthErrorBy(asked.refresh(tokens))).toMatchObject({ code: 'invalid_grant', status: 400 });
  });

  it('keeps the old refresh token and scope where none come', async () => {
    await using far = await startScripted();
    const { at: asked, clock } = at(far.issuer);
    const renewed = await asked.refresh(record);
    expect(renewed).toMatchObject({ refreshToken: record.refreshToken, scope: 'openid' });
    expect(renewed.expiresAtMs).toBe(clock.now() + 300_000);
    expect(far.grants[0]?.form.get('refresh_token')).toBe(record.refreshToken.reveal());
  });

  it('is a function that can be handed on', async () => {
    await using far = await startScripted();
    const { refresh } = at(far.issuer).at;
    expect((await refresh(record)).scope).toBe('openid');
  });

  it('counts the lifetime from when it asked', async () => {
    const clock = new ManualClock(Date.now());
    const askedMs = clock.now();
    await using far = await startScripted({ onGrant: () => void clock.advance(5000) });
    expect((await at(far.issuer, { clock }).at.refresh(record)).expiresAtMs).toBe(askedMs + 300_000);
  });

  it('of nothing is refused without a request', async () => {
    const { at: asked } = at('http://127.0.0.1:1');
    expect(await codeBy(asked.refresh({ refreshToken: undefined, scope: undefined }))).toBe('no_refresh_token');
  });

  it('by a client that cannot prove itself uses nothing up', async () => {
    await using far = await startProvider();
    const authentication = { method: 'client_secret_post', secret: 'not-the-secret' } as const;
    const error = await oauthErrorBy(at(far.issuer, { authentication }).at.refresh(record));
    expect(error).toMatchObject({ code: 'provider_refused', providerError: 'invalid_client', mayBeUsed: false });
  });

  it('that finds nobody at the token endpoint was certainly not sent', async () => {
    await using far = await startScripted();
    const { at: asked } = at(far.issuer);
    await asked.discover();
    await far.close();
    const error = await oauthErrorBy(asked.refresh(record));
    expect(error).toMatchObject({ code: 'unreachable', mayBeUsed: false });
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ could not be reached \(ECONNREFUSED\); nothing was sent\.$/);
  });

  it.each<[string, Answer, string, boolean]>([
    ['whose connection breaks', (_, response) => void response.socket?.destroy(), 'connection_lost', true],
    ['whose answer breaks off', cutOff, 'connection_lost', true],
    ['that fails at the provider', { status: 503, body: '' }, 'provider_unavailable', true],
    ['that fails with an OAuth error', { status: 500, body: { error: 'server_error' } }, 'provider_unavailable', true],
    ['that is redirected', { status: 307, body: '', headers: { location: '/token' } }, 'invalid_response', true],
    ['without a token', { body: { token_type: 'Bearer' } }, 'invalid_response', true],
    ['with a token of another type', { body: { ...bearer, token_type: 'mac' } }, 'provider_unsupported', true],
    ['with a token bound to a key', { body: { ...bearer, token_type: 'DPoP' } }, 'invalid_response', true],
    ['with a token in two lines', { body: { ...bearer, access_token: 'a\r\nb' } }, 'invalid_response', true],
    ['with no usable lifetime', { body: { ...bearer, expires_in: 'soon' } }, 'invalid_response', true],
    ['that is too much', { status: 429, body: { error: 'slow_down' } }, 'provider_unavailable', false],
    ['of a dead token', { status: 400, body: { error: 'invalid_grant' } }, 'invalid_grant', true],
    ['that a firewall keeps out', { status: 403, body: '<html>' }, 'provider_refused', false],
    ['that is not allowed', { status: 400, body: { error: 'unauthorized_client' } }, 'provider_refused', false],
  ])('%s says whether the refresh token may be used up', async (_name, answer, code, mayBeUsed) => {
    await using far = await startScripted({ answers: [answer] });
    expect(await oauthErrorBy(at(far.issuer).at.refresh(record))).toMatchObject({ code, mayBeUsed });
    expect(far.grants).toHaveLength(1);
  });

  it('that hangs is given up on the clock, and may have been used', async () => {
    await using far = await startScripted({ answers: [() => undefined] });
    const { at: asked, clock } = at(far.issuer, { timeoutMs: 2000 });
    const error = await clock.runUntil(oauthErrorBy(asked.refresh(record)));
    expect(error).toMatchObject({ code: 'timeout', mayBeUsed: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends with the reason of its signal, and closes its connection', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    let isClosed = false;
    await using far = await startScripted({
      answers: [
        (_request, response) => {
          response.once('close', () => (isClosed = true));
          controller.abort(reason);
        },
      ],
    });
    await expect(at(far.issuer).at.refresh(record, { signal: controller.signal })).rejects.toBe(reason);
    await vi.waitFor(() => expect(isClosed).toBe(true));
  });

  it('that brings the tokens of another user is refused', async () => {
    await using far = await startScripted({
      answers: [(_request, response) => respond(response, idToken(far.issuer))],
    });
    const { at: asked } = at(far.issuer);
    expect(await oauthErrorBy(asked.refresh(record, { subject: 'ada' }))).toMatchObject({
      code: 'subject_mismatch',
      mayBeUsed: true,
    });
    expect((await asked.refresh(record, { subject: 'mallory' })).accessToken).toBeDefined();
  });

  it('goes to no endpoint that speaks plain HTTP elsewhere', async () => {
    await using far = await startScripted({ metadata: { token_endpoint: 'http://token.example/token' } });
    const error = await oauthErrorBy(at(far.issuer).at.refresh(record));
    expect(error).toMatchObject({ code: 'insecure_endpoint', mayBeUsed: false });
  });
});

describe('a revocation', () => {
  it('ends both tokens', async () => {
    await using far = await startProvider();
    const { login, at: asked } = app(far, offline);
    const { callback, pendingId } = await callbackOf(login);
    const { tokens } = await login.finish(callback, pendingId);
    await asked.revoke(tokens);
    expect(await far.oidc.AccessToken.find(tokens.accessToken.reveal())).toBeUndefined();
    expect(await codeBy(asked.refresh(tokens))).toBe('invalid_grant');
  });

  it('of the one token goes on when that of the other fails, and says so', async () => {
    await using far = await startScripted({ answers: [{ status: 503, body: '' }, { body: '' }] });
    const accessToken = Secret.from('an-access-token', 'test');
    expect(await codeBy(at(far.issuer).at.revoke({ ...record, accessToken }))).toBe('provider_unavailable');
    expect(far.grants.map(({ form }) => form.get('token_type_hint'))).toEqual(['refresh_token', 'access_token']);
  });

  it('says so where the provider has no endpoint for it', async () => {
    await using far = await startScripted({ metadata: { revocation_endpoint: undefined } });
    expect(await codeBy(at(far.issuer).at.revoke(record))).toBe('provider_unsupported');
  });
});

function cutOff(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"access_token":"');
  setImmediate(() => response.destroy());
}

function respond(response: ServerResponse, id_token: string): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...bearer, id_token }));
}

/** Not signed: a refresh trusts the connection. */
function idToken(issuer: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'app', sub: 'mallory', iat: now, exp: now + 60 };
  const [header, payload] = [{ alg: 'RS256' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${header}.${payload}.c2ln`;
}
