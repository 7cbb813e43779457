import type { ServerResponse } from 'node:http';
import { format, inspect } from 'node:util';
import { Secret } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { app } from '../test/login-app.ts';
import { startScripted, type Answer, type GrantRequest } from '../test/scripted-provider.ts';
import {
  clientCredentials,
  deviceLogin,
  memoryPendingLogins,
  provider,
  tokenExchange,
  workloadIdentity,
  type PendingLogin,
} from './index.ts';

/** What looks like a token and can be found again wherever it leaks; of lower case, it could pass for an error code. */
const secret = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{24,40}$/), fc.stringMatching(/^[a-z]{9,20}_[a-z]{9,20}$/));

const everything = (value: unknown): string =>
  [inspect(value, { depth: 20, showHidden: true, getters: true }), format('%s %j %o', value, value, value)].join('\n');

/** Says everything that it was told, in every place there is. */
const echo = (status: number, place: number, sent: GrantRequest): string => {
  const said = [...sent.form.values(), sent.headers.authorization ?? '', sent.text].toSorted(
    (left, right) => right.length - left.length,
  );
  const values = sent.form.size > 1 ? [...sent.form.values()] : said;
  const value = values[place % values.length] as string;
  const body: Record<string, unknown> = { error: place % 3 === 0 ? value : 'invalid_grant', error_description: said };
  if (status === 200)
    Object.assign(body, { access_token: place % 2 === 0 ? `${value} ${value}` : 7, token_type: value });
  return JSON.stringify({ ...body, expires_in: value, [value]: value, id_token: `${value}.${value}.${value}` });
};

describe('law: no secret in any sink', () => {
  it('whatever a provider answers that repeats all it was told', async () => {
    const scene = fc.record({
      secrets: fc.uniqueArray(secret, { minLength: 6, maxLength: 6 }),
      status: fc.constantFrom(200, 302, 400, 401, 403, 429, 500),
      place: fc.nat(30),
    });
    let answer: Answer = () => undefined;
    await using far = await startScripted({ answers: [(sent, response) => (answer as never as Send)(sent, response)] });
    const law = fc.asyncProperty(scene, async ({ secrets, status, place }) => {
      answer = (sent, response) => {
        const challenge =
          status === 401 && place % 2 === 0 ? { 'www-authenticate': `Bearer error="${secrets[0]}"` } : {};
        response.writeHead(status, { 'content-type': 'application/json', ...challenge });
        response.end(echo(status, place, sent));
      };
      const sinks = await runAll(far.issuer, secrets as Six);
      const text = sinks.map(everything).join('\n');
      expect(secrets.flatMap((value) => leaksOf(value, text))).toEqual([]);
    });
    await fc.assert(law, { numRuns: 40 });
  });
});

/** Where eight characters of a secret stand in a text. */
function leaksOf(value: string, text: string): string[] {
  const starts = Array.from({ length: value.length - 7 }, (_, start) => value.slice(start, start + 8));
  return starts.filter((part) => text.includes(part)).map((part) => text.slice(text.indexOf(part) - 40).slice(0, 80));
}

type Send = (sent: GrantRequest, response: ServerResponse) => void;
type Six = [string, string, string, string, string, string];

/** Runs every flow against it, and gives what each of them shows: objects and errors. */
async function runAll(issuer: string, [client, refresh, subject, code, access, state]: Six): Promise<unknown[]> {
  const clock = new ManualClock(Date.now());
  const authentication = { method: place(client), secret: client };
  const at = provider({ issuer, clientId: 'app', authentication, clock });
  const kept: PendingLogin[] = [];
  const memory = memoryPendingLogins();
  const pendingLogins = {
    ...memory,
    put: (id: string, login: PendingLogin) => (kept.push(login), memory.put(id, login)),
  };
  const { login } = app({ issuer }, { pendingLogins }, 'app', { authentication, clock });
  const { pendingId, url } = await login.start();
  const right = new URL(url).searchParams.get('state') as string;
  const signal = new AbortController().signal;
  const subjectToken = (): string => subject;
  const tokenUrl = `${issuer}/token`;
  const ids = { identityProviderId: 'idp', serviceAccountId: 'sa' };
  const errors = await Promise.all(
    [
      at.refresh({ refreshToken: Secret.from(refresh, 'test'), scope: undefined }),
      at.revoke({ accessToken: Secret.from(access, 'test'), refreshToken: Secret.from(refresh, 'test') }),
      clientCredentials({ provider: at }).read({ signal }),
      tokenExchange({ provider: at, subjectToken }).read({ signal }),
      workloadIdentity({ ...ids, subjectToken, tokenUrl, clock }).read({ signal }),
      deviceLogin({ provider: at }),
      login.finish(`/callback?state=${state}&code=${code}&error=${state}`, pendingId),
      login.finish(`/callback?state=${right}&code=${code}&error=${code}`, pendingId),
      login.start().then((next) => {
        const mine = new URL(next.url).searchParams.get('state') as string;
        return login.finish(`/callback?state=${mine}&code=${code}`, next.pendingId);
      }),
    ].map((promise: Promise<unknown>) => promise.catch((error: unknown) => error)),
  );
  return [...errors, at, login, kept, pendingLogins];
}

const place = (client: string): 'client_secret_basic' | 'client_secret_post' =>
  client.length % 2 === 0 ? 'client_secret_basic' : 'client_secret_post';
