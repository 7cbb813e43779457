import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import type { TokenKey, UserLogin } from '@holdfast/oauth';
import { hints } from 'holdfast';
import type OpenAI from 'openai';
import { page } from './page.ts';
import { problemOf } from './problem.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Session, Sessions } from './sessions.ts';
import type { UserTokens } from './user-tokens.ts';

/** What the app is made of. */
export interface AppParts {
  readonly login: UserLogin;
  /** Where the tokens of a user are. */
  readonly keyOf: (subject: string) => TokenKey;
  readonly tokens: UserTokens;
  /** A wrapped client. Its pipeline gives each call the token of its tenant. */
  readonly client: OpenAI;
  /** Told who has signed in, after their tokens were kept. */
  readonly onSignedIn: (subject: string) => Promise<void>;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
}

/** `GET /login` and `/callback` sign in, `GET /me` asks the API as the user, `POST /logout` signs out. */
export function createApp(parts: AppParts): Express {
  const { login, keyOf, tokens, client, sessions, cookie } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });

  app.get('/', (request, response) => void response.send(page(sessionOf(parts, request)?.key.subject)));

  app.get('/login', async ({ query }, response) => {
    const returnTo = typeof query['returnTo'] === 'string' ? query['returnTo'] : '/';
    const started = await login.start({ returnTo });
    response.append('set-cookie', started.cookie).redirect(started.url);
  });

  app.get('/callback', async (request, response) => {
    const pendingId = login.cookie.read(request.headers.cookie);
    const { subject, tokens: given, returnTo } = await login.finish(request.originalUrl, pendingId);
    const key = keyOf(subject);
    await tokens.keep(key, given);
    await parts.onSignedIn(subject);
    sessions.end(cookie.read(request.headers.cookie));
    response.append('set-cookie', login.cookie.clear).append('set-cookie', cookie.set(sessions.begin(key)));
    response.redirect(returnTo);
  });

  app.get('/me', async (request, response) => {
    const { subject } = signedIn(parts, request).key;
    const question = { role: 'user', content: `Say hello to ${subject}.` } as const;
    const completion = await client.chat.completions.create(
      { model: 'gpt-5', messages: [question] },
      hints({ tenant: subject }),
    );
    response.json({ user: subject, answer: completion.choices[0]?.message.content });
  });

  app.post('/logout', async (request, response) => {
    const session = sessionOf(parts, request);
    endSession(parts, request, response);
    if (session !== undefined) await tokens.drop(session.key);
    response.redirect(303, '/');
  });

  app.use(onErrorWith(parts));
  return app;
}

const sessionOf = ({ sessions, cookie }: AppParts, request: Request): Session | undefined =>
  sessions.find(cookie.read(request.headers.cookie));

function signedIn(parts: AppParts, request: Request): Session {
  const session = sessionOf(parts, request);
  if (session === undefined) throw Object.assign(new Error('Sign in first.'), { status: 401 });
  return session;
}

function endSession({ sessions, cookie }: AppParts, request: Request, response: Response): void {
  sessions.end(cookie.read(request.headers.cookie));
  response.append('set-cookie', cookie.clear);
}

const onErrorWith =
  (parts: AppParts): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const { status, body } = problemOf(error);
    // Whose tokens are of no more use signs in anew.
    if (status === 401) endSession(parts, request, response);
    response.status(status).json(body);
  };
