import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryStore, type TokenRecord } from '@holdfast/oauth';
import { ManualClock, startUpstream, type Upstream } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { accessTokenSeconds, startDemoProvider } from '../src/demo-provider.ts';
import { service } from '../src/service.ts';
import { Browser } from './browser.ts';

interface Running extends AsyncDisposable {
  readonly origin: string;
  readonly clock: ManualClock;
  readonly upstream: Upstream;
  readonly kept: (subject: string) => Promise<TokenRecord | undefined>;
}

async function running(): Promise<Running> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const demo = await startDemoProvider(`${origin}/callback`);
  const upstream = await startUpstream();
  const clock = new ManualClock(Date.now());
  const store = memoryStore();
  const { issuer, clientId, clientSecret } = demo;
  const { app, close } = service({ origin, issuer, clientId, clientSecret, baseURL: upstream.baseURL, store, clock });
  server.on('request', app);
  return {
    origin,
    clock,
    upstream,
    kept: (subject) => store.get({ issuer, clientId, tenant: '', subject }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await close();
      await Promise.all([demo[Symbol.asyncDispose](), upstream.close()]);
    },
  };
}

/** How the log of the upstream names a token. */
const idOf = (record: TokenRecord | undefined): string =>
  createHash('sha256')
    .update(record?.accessToken.reveal() ?? '')
    .digest('hex')
    .slice(0, 8);

const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { code: string }).code;

describe('the app', () => {
  it('asks the API as each user with a token of their own', async () => {
    await using run = await running();
    const [ada, grace] = [new Browser(), new Browser()];
    expect(await (await ada.signIn(`${run.origin}/login?returnTo=/me`, 'ada')).json()).toMatchObject({ user: 'ada' });
    expect(await (await grace.signIn(`${run.origin}/login?returnTo=/me`, 'grace')).json()).toMatchObject({
      user: 'grace',
    });
    expect(ada.visited.at(-1)).toBe(`${run.origin}/me`);
    const everybody = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? ada : grace).open(`${run.origin}/me`)),
    );
    expect(everybody.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    const ids = [idOf(await run.kept('ada')), idOf(await run.kept('grace'))];
    expect(ids[0]).not.toBe(ids[1]);
    for (const id of ids) expect(run.upstream.requests({ keyId: id as string })).toHaveLength(6);
    expect(run.upstream.log).toHaveLength(12);
  });

  it('gives the browser nothing but opaque cookies that no script reads, a new session for each login', async () => {
    await using run = await running();
    const browser = new Browser();
    const begun = await fetch(`${run.origin}/login`, { redirect: 'manual' });
    expect(begun.headers.getSetCookie()[0]).toMatch(/^holdfast_login=[\w-]{43}; .*HttpOnly; SameSite=Lax$/);
    await browser.signIn(`${run.origin}/login`, 'ada');
    const first = browser.cookies.get('session');
    expect(first).toMatch(/^[\w-]{43}$/);
    await browser.signIn(`${run.origin}/login`, 'ada');
    expect(browser.cookies.get('session')).not.toBe(first);
    expect((await fetch(`${run.origin}/me`, { headers: { cookie: `session=${first}` } })).status).toBe(401);
    expect((await browser.open(`${run.origin}/me`)).status).toBe(200);
    const token = (await run.kept('ada'))?.accessToken.reveal() as string;
    expect([...browser.cookies.values()].join()).not.toContain(token.slice(0, 8));
  });

  it('refreshes a token that got old, once for all requests, and each user has their own', async () => {
    await using run = await running();
    const [ada, grace] = [new Browser(), new Browser()];
    await ada.signIn(`${run.origin}/login`, 'ada');
    await grace.signIn(`${run.origin}/login`, 'grace');
    const before = await run.kept('ada');
    await run.clock.advance(accessTokenSeconds * 1000);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ada.open(`${run.origin}/me`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const after = await run.kept('ada');
    expect(after?.state).toBe('active');
    expect(after?.refreshToken?.equals(before?.refreshToken as never)).toBe(false);
    expect(run.upstream.requests({ keyId: idOf(after) })).toHaveLength(5);
    expect(run.upstream.requests({ keyId: idOf(before) })).toHaveLength(0);
    expect((await grace.open(`${run.origin}/me`)).status).toBe(200);
  });

  it('gets another token when the API takes the one that it has no more', async () => {
    await using run = await running();
    const browser = new Browser();
    await browser.signIn(`${run.origin}/login?returnTo=/me`, 'ada');
    run.upstream.revokeKey((await run.kept('ada'))?.accessToken.reveal() as string);
    expect((await run.clock.runUntil(browser.open(`${run.origin}/me`))).status).toBe(200);
    expect(run.upstream.log.map(({ status }) => status)).toEqual([200, 401, 200]);
  });

  it('signs out: tokens are gone here and at the provider, and the session is over', async () => {
    await using run = await running();
    const browser = new Browser();
    await browser.signIn(`${run.origin}/login`, 'ada');
    const session = browser.cookies.get('session');
    await browser.open(`${run.origin}/logout`, { method: 'POST' });
    expect(await run.kept('ada')).toBeUndefined();
    expect(browser.cookies.has('session')).toBe(false);
    for (const cookie of ['', `session=${session}`])
      expect((await fetch(`${run.origin}/me`, { headers: { cookie } })).status).toBe(401);
    expect(run.upstream.log).toHaveLength(0);
    // Signs in again as if nothing had been.
    expect((await browser.signIn(`${run.origin}/login?returnTo=/me`, 'ada')).status).toBe(200);
    expect(run.upstream.requests({ keyId: idOf(await run.kept('ada')) })).toHaveLength(1);
  });

  it('does not sign out who follows a link of somebody else', async () => {
    await using run = await running();
    const browser = new Browser();
    await browser.signIn(`${run.origin}/login`, 'ada');
    expect((await browser.open(`${run.origin}/logout`)).status).toBe(404);
    expect((await browser.open(`${run.origin}/me`)).status).toBe(200);
  });

  it('has a user sign in again who signed out in another browser', async () => {
    await using run = await running();
    const [one, other] = [new Browser(), new Browser()];
    for (const browser of [one, other]) await browser.signIn(`${run.origin}/login`, 'ada');
    await one.open(`${run.origin}/logout`, { method: 'POST' });
    await run.clock.advance(accessTokenSeconds * 1000);
    const refused = await run.clock.runUntil(other.open(`${run.origin}/me`));
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'not_signed_in']);
    expect(other.cookies.has('session')).toBe(false);
    expect((await other.signIn(`${run.origin}/login?returnTo=/me`, 'ada')).status).toBe(200);
  });
});

describe('an attacker', () => {
  it.each(['', 'x', 'A'.repeat(43), '../../ada', '%00', '__proto__', 'constructor'])(
    'gets nothing with the session %j',
    async (session) => {
      await using run = await running();
      await new Browser().signIn(`${run.origin}/login`, 'ada');
      const response = await fetch(`${run.origin}/me`, { headers: { cookie: `session=${session}` } });
      expect([response.status, await codeOf(response)]).toEqual([401, 'not_signed_in']);
      expect(run.upstream.log).toHaveLength(0);
    },
  );

  it('gets nothing with a session whose end was changed', async () => {
    await using run = await running();
    const browser = new Browser();
    await browser.signIn(`${run.origin}/login`, 'ada');
    const session = browser.cookies.get('session') as string;
    browser.cookies.set('session', session.slice(0, -1) + (session.endsWith('A') ? 'B' : 'A'));
    expect((await browser.open(`${run.origin}/me`)).status).toBe(401);
  });

  it('cannot sign anybody in as themselves by a link to their own callback', async () => {
    await using run = await running();
    const [mallory, ada] = [new Browser(), new Browser()];
    const callback = await callbackOf(mallory, run.origin, 'mallory');
    expect(await codeOf(await ada.open(callback))).toBe('login_missing');
    await ada.toForm(`${run.origin}/login`);
    expect(await codeOf(await ada.open(callback))).toBe('state_mismatch');
    expect(ada.cookies.has('session')).toBe(false);
    expect(await run.kept('mallory')).toBeUndefined();
  });

  it('cannot use a callback twice', async () => {
    await using run = await running();
    const browser = new Browser();
    const callback = await callbackOf(browser, run.origin, 'ada');
    const pending = browser.cookies.get('holdfast_login') as string;
    expect((await browser.open(callback)).status).toBe(200);
    const again = await fetch(callback, { headers: { cookie: `holdfast_login=${pending}` } });
    expect([again.status, await codeOf(again)]).toEqual([400, 'login_used']);
  });

  it.each(['//evil.example', 'https://evil.example', '/%5cevil.example'])('sends nobody to %s', async (returnTo) => {
    await using run = await running();
    const response = await fetch(`${run.origin}/login?returnTo=${encodeURIComponent(returnTo)}`, {
      redirect: 'manual',
    });
    expect([response.status, await codeOf(response)]).toEqual([400, 'return_to_refused']);
  });
});

/** Signs in and stops before the app hears of it. */
async function callbackOf(browser: Browser, origin: string, user: string): Promise<string> {
  let url = await browser.toForm(`${origin}/login`);
  let init: RequestInit = { method: 'POST', body: new URLSearchParams({ user }) };
  while (!url.startsWith(`${origin}/callback`)) {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] as string).split('=');
      browser.cookies.set(name, value);
    }
    url = new URL(response.headers.get('location') as string, url).href;
    init = {};
  }
  return url;
}
