import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it, vi } from 'vitest';
import { Browser } from '../../test/browser.ts';
import { bearer, startScripted, type Answer, type Script } from '../../test/scripted-provider.ts';
import { startProvider } from '../../test/test-provider.ts';
import { codeBy, oauthErrorBy } from '../../test/thrown-by.ts';
import { deviceLogin, provider, type StartedDeviceLogin } from '../index.ts';

const device = {
  ...{ device_code: 'a-device-code-0123456789', user_code: 'WDJB-MJHT', expires_in: 120 },
  verification_uri: 'https://login.example/device',
};
const pending: Answer = { status: 400, body: { error: 'authorization_pending' } };
const slowDown: Answer = { status: 400, body: { error: 'slow_down' } };
const granted: Answer = { body: bearer };

/** A device whose provider answers as stated, and when it was asked, in seconds. */
async function begun(answers: readonly Answer[], changes: object = {}) {
  const clock = new ManualClock(Date.now());
  const polls: number[] = [];
  const script: Script = {
    answers: [{ body: { ...device, ...changes } }, ...answers],
    onGrant: () => void polls.push(clock.monotonic() / 1000),
  };
  const far = await startScripted(script);
  const at = provider({ issuer: far.issuer, clientId: 'device', clock });
  const login = await deviceLogin({ provider: at });
  return { far, clock, polls: () => polls.slice(1), login };
}

describe('the login of a device', () => {
  it('waits until somebody has signed in elsewhere', async () => {
    await using far = await startProvider();
    const clock = new ManualClock(Date.now());
    const at = provider({ issuer: far.issuer, clientId: 'device', clock });
    const login = await deviceLogin({ provider: at });
    const finished = login.finish();
    await clock.advance(5000);
    await vi.waitFor(() => expect(far.tokenRequests).toBe(1));
    await signInElsewhere(login, 'ada');
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(1));
    await clock.advance(5000);
    const { tokens, claims } = await finished;
    expect(claims?.sub).toBe('ada');
    expect(tokens.expiresAtMs).toBeGreaterThan(Date.now() + 290_000);
    expect([far.tokenRequests, clock.pendingTimers]).toEqual([2, 0]);
  });

  it('that is refused says so', async () => {
    await using far = await startProvider();
    const clock = new ManualClock(Date.now());
    const login = await deviceLogin({ provider: provider({ issuer: far.issuer, clientId: 'device', clock }) });
    const browser = new Browser();
    const confirmation = await browser.submit(await browser.open(login.verificationUriComplete as string));
    await browser.submit(confirmation, { abort: 'yes' });
    const error = await clock.runUntil(oauthErrorBy(login.finish()));
    expect(error).toMatchObject({ code: 'authorization_refused', providerError: 'access_denied' });
  });

  it('asks every five seconds unless told otherwise, and slower for ever once told to slow down', async () => {
    const { far, clock, polls, login } = await begun([pending, slowDown, pending, slowDown, pending, granted]);
    await using _ = far;
    await clock.runUntil(login.finish());
    expect(polls()).toEqual([5, 10, 20, 30, 45, 60]);
  });

  it('asks as often as the provider says, and not more than once a second', async () => {
    for (const [interval, seconds] of [
      [10, [10, 20]],
      [0.001, [1, 2]],
    ] as const) {
      const { far, clock, polls, login } = await begun([pending, granted], { interval });
      await using _ = far;
      await clock.runUntil(login.finish());
      expect(polls()).toEqual(seconds);
    }
  });

  it('asks half as often each time the provider does not answer, and waits as long as it asks', async () => {
    const broken: Answer = (_request, response) => void response.socket?.destroy();
    const busy: Answer = { status: 503, body: '', headers: { 'retry-after': '40' } };
    const { far, clock, polls, login } = await begun([broken, busy, granted], { expires_in: 600 });
    await using _ = far;
    await clock.runUntil(login.finish());
    expect(polls()).toEqual([5, 15, 55]);
  });

  it('ends when the code does, without asking again', async () => {
    const { far, clock, polls, login } = await begun([pending], { expires_in: 12 });
    await using _ = far;
    const error = await clock.runUntil(oauthErrorBy(login.finish()));
    expect(error.code).toBe('device_code_expired');
    expect([clock.monotonic(), clock.pendingTimers]).toEqual([12_000, 0]);
    expect(polls()).toEqual([5, 10]);
  });

  it.each([
    ['expired_token', 'device_code_expired'],
    ['access_denied', 'authorization_refused'],
    ['invalid_client', 'provider_refused'],
    ['invalid_grant', 'invalid_grant'],
  ])('ends at %s as %s', async (error, code) => {
    const { far, clock, polls, login } = await begun([{ status: 400, body: { error } }]);
    await using _ = far;
    expect(await clock.runUntil(codeBy(login.finish()))).toBe(code);
    expect(polls()).toHaveLength(1);
  });

  it('ends at once with the reason of its signal, and leaves no timer', async () => {
    const { far, clock, polls, login } = await begun([pending]);
    await using _ = far;
    const controller = new AbortController();
    const finished = login.finish({ signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(finished).rejects.toBe(reason);
    expect([polls().length, clock.pendingTimers]).toEqual([0, 0]);
  });

  it.each([
    [{ verification_uri: 'http://login.example/device' }],
    [{ verification_uri: 'javascript:alert(1)' }],
    [{ verification_uri_complete: 'file:///etc/passwd' }],
    [{ user_code: 'AB\u001b[2J' }],
    [{ user_code: 'A'.repeat(65) }],
  ])('shows nothing that could do harm: %j', async (changes) => {
    await using far = await startScripted({ answers: [{ body: { ...device, ...changes } }] });
    const at = provider({ issuer: far.issuer, clientId: 'device' });
    expect(await codeBy(deviceLogin({ provider: at }))).toBe('invalid_response');
  });

  it('says so where the provider has no such login', async () => {
    await using far = await startScripted({ metadata: { device_authorization_endpoint: undefined } });
    const at = provider({ issuer: far.issuer, clientId: 'device' });
    expect(await codeBy(deviceLogin({ provider: at }))).toBe('provider_unsupported');
  });
});

async function signInElsewhere(login: StartedDeviceLogin, user: string): Promise<void> {
  const browser = new Browser();
  const confirmation = await browser.submit(await browser.open(login.verificationUriComplete as string));
  const done = await browser.submit(await browser.submit(confirmation), { user });
  expect(done.html).toContain('signed in');
}
