import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Secret } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { refreshBench } from '../../test/refresh-bench.ts';
import type { Misdeed } from '../../test/rotating-provider.ts';
import { outcomeOf } from './refresh-outcome.ts';

const ended = { expiresAtMs: 0 };

describe('a refresh that the provider answered with an error', () => {
  it.each<[string, Exclude<Misdeed, string>]>([
    ['503', { status: 503 }],
    ['500 with a page', { status: 500, body: '<h1>oops</h1>' }],
    ['429', { status: 429 }],
    ['404 with a page', { status: 404, body: '<h1>gone</h1>' }],
    ['a refusal of the client', { status: 401, body: { error: 'invalid_client' } }],
    ['an error of its own', { status: 500, body: { error: 'server_error' } }],
  ])('keeps its refresh token: %s', async (_name, misdeed) => {
    await using bench = await refreshBench();
    const record = await bench.signIn(ended);
    bench.far.misdeeds.push(misdeed);
    const error = await bench.fails(bench.tokens.tokenFor(bench.key));
    expect(error).toMatchObject({ name: 'RefreshFailedError', code: 'refresh_failed', retryAfterMs: 500 });
    const [event] = bench.events;
    expect(event).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining(String(misdeed.status)) as string,
    });
    expect(error.message).toBe(
      `No new token from ${bench.far.issuer}, tenant "acme": ${event?.reason}. It is tried again in 500 ms.`,
    );
    const kept = await bench.kept();
    expect(kept).toMatchObject({ state: 'active', generation: 3 });
    expect(kept?.refreshToken?.equals(record.refreshToken as Secret)).toBe(true);
  });

  it('is not sent again before the cooldown is over, which doubles, and is drawn', async () => {
    await using bench = await refreshBench({ cooldownMs: 1000, maxCooldownMs: 3000 });
    await bench.signIn(ended);
    bench.far.misdeeds.push(...Array.from({ length: 4 }, () => ({ status: 503 })));
    const waits: number[] = [];
    for (let request = 1; request <= 4; request++) {
      const { retryAfterMs } = (await bench.fails(bench.tokens.tokenFor(bench.key))) as Error & {
        retryAfterMs: number;
      };
      waits.push(retryAfterMs);
      await bench.clock.advance(retryAfterMs - 1);
      expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ retryAfterMs: 1 });
      expect(bench.far.requests).toBe(request);
      await bench.clock.advance(1);
    }
    expect(waits).toEqual([500, 1000, 1500, 1500]);
    await bench.run(bench.tokens.tokenFor(bench.key));
    expect([bench.far.grants, bench.far.replays]).toEqual([1, 0]);
  });

  it('waits as long as the provider asks, within bounds', async () => {
    await using bench = await refreshBench({ maxCooldownMs: 20_000 });
    await bench.signIn(ended);
    bench.far.misdeeds.push({ status: 429, headers: { 'retry-after': '12' } });
    expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ retryAfterMs: 12_000 });
  });

  it('lets calls go out with the old token while that is good', async () => {
    await using bench = await refreshBench();
    const record = await bench.signIn();
    await bench.clock.advance(250_000);
    bench.far.misdeeds.push({ status: 503 });
    expect((await bench.tokens.tokenFor(bench.key)).equals(record.accessToken)).toBe(true);
  });

  it('does not bring a token back that was rejected', async () => {
    await using bench = await refreshBench();
    const { accessToken: rejected } = await bench.signIn();
    bench.far.misdeeds.push({ status: 503 });
    for (let call = 0; call < 2; call++)
      expect(await bench.fails(bench.tokens.tokenFor(bench.key, { rejected }))).toMatchObject({
        code: 'refresh_failed',
      });
  });
});

describe('a refresh that did not reach the provider', () => {
  it('keeps its refresh token, which is sent when the provider is there', async () => {
    await using bench = await refreshBench();
    const [gone, port] = await new Promise<[ReturnType<typeof createServer>, number]>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () =>
        resolve([server, (server.address() as AddressInfo).port]),
      );
    });
    await new Promise((resolve) => gone.close(resolve));
    await bench.signIn(ended);
    const offline = bench.another({
      refresh: async () => fetch(`http://127.0.0.1:${port}/token`).then(() => Promise.reject(new Error('it is there'))),
    });
    const error = await bench.fails(offline.tokenFor(bench.key));
    expect(error.message).toContain('the provider could not be reached, and nothing was sent');
    expect(await bench.kept()).toMatchObject({ state: 'active' });
    await bench.run(bench.tokens.tokenFor(bench.key));
    expect([bench.far.grants, bench.far.replays]).toEqual([1, 0]);
  });
});

describe('a refresh whose refresh token may be spent', () => {
  it.each<[string, Misdeed, string]>([
    ['the connection broke', 'lost', 'connection_lost'],
    ['the answer is none', 'garbled', 'invalid_response'],
    ['no answer came in time', 'hang', 'timeout'],
  ])('is not sent again: %s', async (_name, misdeed) => {
    await using bench = await refreshBench();
    await bench.signIn(ended);
    bench.far.misdeeds.push(misdeed);
    const error = await bench.fails(bench.tokens.tokenFor(bench.key));
    expect(error).toMatchObject({ name: 'ReauthRequiredError', code: 'reauth_required', reason: 'interrupted' });
    for (const each of [bench.tokens, bench.another()])
      expect(await bench.fails(each.tokenFor(bench.key))).toMatchObject({ reason: 'required_before' });
    expect([bench.far.requests, bench.far.replays]).toEqual([1, 0]);
    expect(await bench.kept()).toMatchObject({ state: 'reauth_required', refreshToken: undefined });
    expect(bench.events).toMatchObject([{ result: 'reauth_required', reason: 'interrupted' }]);
  });

  it('is given up when its function hangs and does not listen to its signal', async () => {
    let told: AbortSignal | undefined;
    await using bench = await refreshBench({
      refresh: (_record, { signal }) => ((told = signal), new Promise(() => undefined)),
      timeoutMs: 15_000,
    });
    await bench.signIn(ended);
    expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ reason: 'interrupted' });
    expect([told?.aborted, bench.clock.monotonic(), bench.clock.pendingTimers]).toEqual([true, 15_000, 0]);
  });

  it('is sent again where the provider takes one more than once', async () => {
    await using bench = await refreshBench({ isRotating: false });
    const refreshToken = Secret.from('sent-more-than-once', 'test');
    await bench.signIn({ ...ended, refreshToken });
    let asked = 0;
    const stable = bench.another({
      refresh: async () => {
        if (++asked === 1) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return {
          accessToken: Secret.from('renewed', 'test'),
          refreshToken: undefined,
          expiresAtMs: undefined,
          scope: undefined,
        };
      },
    });
    expect(await bench.fails(stable.tokenFor(bench.key))).toMatchObject({ code: 'refresh_failed' });
    await bench.clock.advance(1000);
    expect((await bench.run(stable.tokenFor(bench.key))).reveal()).toBe('renewed');
    // None came in its place, so it goes on.
    expect((await bench.kept())?.refreshToken?.equals(refreshToken)).toBe(true);
    expect((await bench.kept())?.scope).toBe('openid');
  });
});

describe('a user who has to sign in again', () => {
  it('is told so where the provider takes the refresh token no more', async () => {
    await using bench = await refreshBench();
    await bench.signIn({ ...ended, refreshToken: Secret.from('never-issued', 'test') });
    const error = await bench.fails(bench.tokens.tokenFor(bench.key));
    expect(error).toMatchObject({
      code: 'reauth_required',
      reason: 'revoked',
      issuer: bench.far.issuer,
      tenant: 'acme',
    });
    expect(error.message).toBe(
      `The user has to sign in again at ${bench.far.issuer}, tenant "acme": the provider takes the refresh token no more.`,
    );
    expect(bench.far.requests).toBe(1);
  });

  it('is told so from then on, though the access token that this process holds has not ended', async () => {
    await using bench = await refreshBench();
    await bench.signIn({ refreshToken: Secret.from('never-issued', 'test') });
    await bench.tokens.tokenFor(bench.key);
    await bench.clock.advance(250_000);
    await bench.tokens.tokenFor(bench.key);
    await bench.run(bench.tokens.close());
    expect(bench.events).toMatchObject([{ result: 'reauth_required', reason: 'revoked' }]);
    expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ reason: 'required_before' });
  });

  it('is told so where there is no refresh token', async () => {
    await using bench = await refreshBench();
    await bench.signIn({ ...ended, refreshToken: undefined });
    expect(await bench.fails(bench.tokens.tokenFor(bench.key))).toMatchObject({ reason: 'no_refresh_token' });
    expect((await bench.kept())?.generation).toBe(1);
  });

  it('gets tokens again when they have', async () => {
    await using bench = await refreshBench();
    await bench.signIn({ ...ended, refreshToken: Secret.from('never-issued', 'test') });
    await bench.fails(bench.tokens.tokenFor(bench.key));
    const record = await bench.signIn();
    expect((await bench.tokens.tokenFor(bench.key)).equals(record.accessToken)).toBe(true);
  });
});

describe('outcomeOf', () => {
  it.each<[string, unknown, ReturnType<typeof outcomeOf>['token']]>([
    [
      'an OAuth error body of openid-client',
      Object.assign(new Error(''), { error: 'invalid_grant', status: 400 }),
      'revoked',
    ],
    ['a provider that wants to see the user', { error: 'interaction_required', status: 400 }, 'revoked'],
    ['another OAuth error', { error: 'temporarily_unavailable' }, 'kept'],
    ['a status', { status: 500 }, 'kept'],
    ['a good status of an answer that was not understood', { status: 200 }, 'unknown'],
    ['a name that was not found', new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'kept'],
    ['a connection that broke', new TypeError('fetch failed', { cause: { code: 'UND_ERR_SOCKET' } }), 'unknown'],
    ['nothing', undefined, 'unknown'],
    ['a text', 'invalid_grant', 'unknown'],
    ['an error of a programmer', new RangeError('oops'), 'unknown'],
  ])('of %s', (_name, error, token) => {
    expect(outcomeOf(error).token).toBe(token);
  });
});
