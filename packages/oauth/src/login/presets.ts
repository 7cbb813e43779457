import { provider, type Provider } from '../provider/provider.ts';
import type { ProviderOptions } from '../options.ts';
import { userLogin, type UserLogin } from './user-login.ts';
import type { UserLoginOptions } from './user-login-options.ts';

/** Sign in with ChatGPT, as OpenAI registered it for you: nothing of it is guessed. */
export type SignInWithChatGptOptions = ProviderOptions & Omit<UserLoginOptions, 'provider'>;

/** A login, and the provider that refreshes and revokes its tokens. */
export interface SignInWithChatGpt {
  readonly login: UserLogin;
  readonly provider: Provider;
}

/**
 * Sign in with ChatGPT. It is off unless this is called, with the issuer and the client id that OpenAI gave you: this
 * package knows neither, and takes every endpoint from the discovery of that issuer.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function signInWithChatGpt(options: SignInWithChatGptOptions): SignInWithChatGpt {
  const { redirectUri, scope, authorizationParameters, pendingLogins, pendingTtlMs, ...ofProvider } = options;
  const chatGpt = provider(ofProvider);
  const given = { redirectUri, scope, authorizationParameters, pendingLogins, pendingTtlMs };
  return { provider: chatGpt, login: userLogin({ provider: chatGpt, ...given } as UserLoginOptions) };
}
