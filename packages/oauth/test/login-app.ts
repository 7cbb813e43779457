import { ManualClock } from '@holdfast/testkit';
import {
  provider,
  userLogin,
  type Provider,
  type ProviderOptions,
  type UserLogin,
  type UserLoginOptions,
} from '../src/index.ts';
import { Browser } from './browser.ts';
import { clientSecret, redirectUri } from './test-provider.ts';

/** An app in which users sign in. */
export interface LoginApp {
  readonly login: UserLogin;
  readonly at: Provider;
  readonly clock: ManualClock;
}

export function app(
  { issuer }: { readonly issuer: string },
  changes: Partial<UserLoginOptions> = {},
  clientId = 'app',
  ofProvider: Partial<ProviderOptions> = {},
): LoginApp {
  const clock = (ofProvider.clock as ManualClock | undefined) ?? new ManualClock(Date.now());
  const secret = clientId === 'app' ? clientSecret : `other-${clientSecret}`;
  const at = provider({
    ...{ issuer, clientId, clock },
    authentication: clientId === 'public-app' ? { method: 'none' } : { method: 'client_secret_basic', secret },
    ...ofProvider,
  });
  return { at, clock, login: userLogin({ provider: at, redirectUri, ...changes }) };
}

/** A login whose user has come back, and not yet been let in. */
export interface Returned {
  readonly browser: Browser;
  readonly callback: URL;
  readonly pendingId: string;
}

/** Begins a login in a browser of its own and goes as far as the callback. */
export async function callbackOf(login: UserLogin, user = 'ada', returnTo = '/inbox'): Promise<Returned> {
  const browser = new Browser(redirectUri);
  const { url, pendingId, cookie } = await login.start({ returnTo });
  browser.take(cookie);
  return { browser, callback: new URL((await browser.signIn(url, user)).url), pendingId };
}
