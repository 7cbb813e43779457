import { provider, userLogin, type TokenKey, type TokenStore } from '@holdfast/oauth';
import { auth, breaker, pipeline, retry, systemClock, type Clock } from 'holdfast';
import type { Express } from 'express';
import OpenAI from 'openai';
import { createApp } from './app.ts';
import { sessionCookie } from './session-cookie.ts';
import { Sessions } from './sessions.ts';
import { userTokens } from './user-tokens.ts';

/** Where everything is. */
export interface ServiceOptions {
  /** Where browsers reach the app, such as `https://app.example`. */
  readonly origin: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of the OpenAI API. */
  readonly baseURL: string;
  readonly store: TokenStore;
  readonly clock?: Clock;
}

/** The app, and what ends it. */
export interface Service {
  readonly app: Express;
  close(): Promise<void>;
}

/** Puts the parts together: a provider, a login, encrypted tokens, and one pipeline for all users. */
export function service({
  origin,
  issuer,
  clientId,
  clientSecret,
  baseURL,
  store,
  clock = systemClock,
}: ServiceOptions): Service {
  const authentication = { method: 'client_secret_basic', secret: clientSecret } as const;
  const at = provider({ issuer, clientId, authentication, clock });
  const login = userLogin({
    provider: at,
    redirectUri: `${origin}/callback`,
    // Most providers give a refresh token only to whoever asks for it and shows it to the user.
    scope: 'openid offline_access',
    authorizationParameters: { prompt: 'consent' },
  });
  const tokens = userTokens({ store, provider: at, clock });
  const keyOf = (subject: string): TokenKey => ({ issuer, clientId, tenant: '', subject });
  // Each call goes out with the token of the user that its `tenant` names, and with no other.
  const credentials = auth({ tenants: (subject) => tokens.asSource(keyOf(subject)) });
  const resilient = pipeline({ service: 'user-login', clock }).use(retry()).use(breaker()).use(credentials).build();
  const client = resilient.wrap(new OpenAI({ baseURL, apiKey: 'none: each user has a token' }));
  return {
    app: createApp({
      ...{ login, keyOf, tokens, client, sessions: new Sessions(clock) },
      cookie: sessionCookie(origin.startsWith('https:')),
      // Of an earlier login of the same user the pipeline may still hold a token that was revoked.
      onSignedIn: (subject) => credentials.refresh(undefined, { tenant: subject }),
    }),
    async close() {
      await resilient.close();
      await tokens.close();
      await store.close();
    },
  };
}
