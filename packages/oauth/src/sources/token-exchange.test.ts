import { Secret } from '@holdfast/core';
import { ManualClock, startUpstream } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { bearer, startScripted } from '../../test/scripted-provider.ts';
import { clientSecret, startProvider } from '../../test/test-provider.ts';
import { codeBy, oauthErrorBy } from '../../test/thrown-by.ts';
import { provider, tokenExchange, workloadIdentity, type SubjectToken } from '../index.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
const signal = (): AbortSignal => new AbortController().signal;
const workload = { identityProviderId: 'idp_1', serviceAccountId: 'sa_1' };

/** A provider that exchanges `subject-…` for a token of its own. */
async function startExchanging() {
  const far = await startProvider({
    changes: {
      clients: [
        {
          ...{ client_id: 'workload', client_secret: clientSecret, grant_types: [grantType] },
          ...{ response_types: [], redirect_uris: [] },
        },
      ],
    },
  });
  far.oidc.registerGrantType(
    grantType,
    async (ctx) => {
      const { subject_token, subject_token_type } = ctx.oidc.params as Record<string, string>;
      if (!subject_token?.startsWith('subject-') || subject_token_type !== jwtType) {
        ctx.status = 400;
        ctx.body = { error: 'invalid_grant', error_description: `no such token: ${subject_token}` };
        return;
      }
      const client = ctx.oidc.client as NonNullable<typeof ctx.oidc.client>;
      const token = new far.oidc.ClientCredentials({ client } as never);
      const value = await token.save();
      ctx.body = { access_token: value, issued_token_type: jwtType, token_type: 'Bearer', expires_in: 60 };
    },
    ['subject_token', 'subject_token_type', 'audience', 'resource', 'scope'],
  );
  return far;
}

describe('a token exchange by the form of RFC 8693', () => {
  it.each<[string, SubjectToken]>([
    ['a function', () => 'subject-token\n'],
    ['a function that gives a Secret', async () => Secret.from('subject-token', 'test')],
    ['a source of auth', { read: () => ({ value: 'subject-token' }) }],
    ['a provider of the openai client', { tokenType: 'jwt', getToken: async () => 'subject-token' }],
  ])('gives a token for that of %s', async (_name, subjectToken) => {
    await using far = await startExchanging();
    const authentication = { method: 'client_secret_basic', secret: clientSecret } as const;
    const at = provider({ issuer: far.issuer, clientId: 'workload', authentication });
    const source = tokenExchange({ provider: at, subjectToken, parameters: { audience: 'api' } });
    expect(source).toMatchObject({ id: 'exchange:workload', kind: 'token' });
    const { value, expiresAtMs } = await source.read({ signal: signal() });
    expect(await far.oidc.ClientCredentials.find(value.reveal())).toBeDefined();
    expect(expiresAtMs).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  it('asks for the subject token each time, and sends no other', async () => {
    await using far = await startScripted();
    let count = 0;
    const subjectToken = () => `subject-token-${++count}`;
    const at = provider({ issuer: far.issuer, clientId: 'workload' });
    const source = tokenExchange({ provider: at, subjectToken, subjectTokenType: 'urn:x', scope: 'api' });
    for (let round = 0; round < 2; round++) await source.read({ signal: signal() });
    expect(far.grants.map(({ form }) => form.get('subject_token'))).toEqual(['subject-token-1', 'subject-token-2']);
    expect(Object.fromEntries(far.grants[0]?.form ?? [])).toMatchObject({ subject_token_type: 'urn:x', scope: 'api' });
  });

  it('of a token that is not good repeats nothing of it', async () => {
    await using far = await startExchanging();
    const authentication = { method: 'client_secret_basic', secret: clientSecret } as const;
    const at = provider({ issuer: far.issuer, clientId: 'workload', authentication });
    const source = tokenExchange({ provider: at, subjectToken: () => 'stolen-token-0123456789' });
    const error = await oauthErrorBy(source.read({ signal: signal() }));
    expect(error).toMatchObject({ code: 'invalid_grant', status: 400 });
    expect(error.message).toMatch(/^The token exchange at 127\.0\.0\.1:\d+ was refused: invalid_grant\.$/);
  });

  it.each<[string, SubjectToken]>([
    ['fails', () => Promise.reject(new Error('vault sealed with subject-token'))],
    ['gives nothing', () => undefined as never],
    ['gives two lines', () => 'subject\ntoken'],
    ['gives an object', () => ({ token: 'subject-token' }) as never],
  ])('whose source %s is no exchange', async (_name, subjectToken) => {
    await using far = await startScripted();
    const source = tokenExchange({ provider: provider({ issuer: far.issuer, clientId: 'workload' }), subjectToken });
    const error = await oauthErrorBy(source.read({ signal: signal() }));
    expect(error.code).toBe('subject_token_failed');
    expect(error.message).not.toContain('subject-');
    expect(far.grants).toEqual([]);
  });

  it('ends with the reason of its signal while the source is asked', async () => {
    const controller = new AbortController();
    const subjectToken: SubjectToken = ({ signal: given }) =>
      new Promise((_, reject) => given.addEventListener('abort', () => reject(new Error('mine'))));
    const at = provider({ issuer: 'http://127.0.0.1:1', clientId: 'workload' });
    const pending = tokenExchange({ provider: at, subjectToken }).read({ signal: controller.signal });
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });
});

describe('a workload identity', () => {
  it('gives a token that the API accepts, for as long as it says', async () => {
    await using upstream = await startUpstream({ keys: ['sk-other'] });
    const source = workloadIdentity({
      ...workload,
      subjectToken: { tokenType: 'id', getToken: async () => 'subject-token' },
      tokenUrl: `${upstream.url}/oauth/token`,
    });
    expect(source).toMatchObject({ id: 'workload:sa_1', kind: 'token' });
    const { value, expiresAtMs } = await source.read({ signal: signal() });
    const headers = { authorization: `Bearer ${value.reveal()}` };
    expect((await fetch(`${upstream.baseURL}/models`, { headers })).status).toBe(200);
    expect(expiresAtMs).toBeGreaterThan(Date.now() + 3_590_000);
  });

  it('sends JSON with the fields of the openai client, and no client id unless one was given', async () => {
    await using far = await startScripted({ answers: [{ body: { ...bearer, expires_in: undefined } }] });
    const clock = new ManualClock();
    const given = { ...workload, subjectToken: () => 'subject-token', tokenUrl: `${far.issuer}/oauth/token`, clock };
    const { expiresAtMs } = await workloadIdentity(given).read({ signal: signal() });
    expect(expiresAtMs).toBe(clock.now() + 3_600_000);
    await workloadIdentity({ ...given, clientId: 'app_1' }).read({ signal: signal() });
    const fields = {
      ...{ grant_type: grantType, subject_token: 'subject-token', subject_token_type: jwtType },
      ...{ identity_provider_id: 'idp_1', service_account_id: 'sa_1' },
    };
    expect(far.grants.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      fields,
      { ...fields, client_id: 'app_1' },
    ]);
    expect(far.grants[0]?.headers['content-type']).toBe('application/json');
    expect(far.discoveries).toBe(0);
  });

  it.each([
    [401, { error: 'invalid_grant', error_description: 'subject-token-0123456789' }, 'invalid_grant'],
    [403, { error: 'access_denied' }, 'provider_refused'],
    [401, { error: { message: 'subject-token-0123456789', code: 'x' } }, 'provider_refused'],
    [503, 'subject-token-0123456789', 'provider_unavailable'],
    [200, { ...bearer, access_token: '' }, 'invalid_response'],
    [200, { ...bearer, expires_in: -1 }, 'invalid_response'],
  ])('that is answered with %i and %j fails in words of our own', async (status, body, code) => {
    await using far = await startScripted({ answers: [{ status, body }] });
    const source = workloadIdentity({
      ...workload,
      subjectToken: () => 'subject-token-0123456789',
      tokenUrl: `${far.issuer}/oauth/token`,
    });
    const error = await oauthErrorBy(source.read({ signal: signal() }));
    expect(error).toMatchObject({ code, status });
    expect(error.message).not.toContain('subject-token');
  });

  it('that hangs is given up on the clock; one that is no longer wanted ends at once', async () => {
    await using far = await startScripted({ answers: [() => undefined] });
    const clock = new ManualClock();
    const given = { ...workload, subjectToken: () => 'subject', tokenUrl: `${far.issuer}/oauth/token`, clock };
    const source = workloadIdentity({ ...given, timeoutMs: 3000 });
    expect(await clock.runUntil(codeBy(source.read({ signal: signal() })))).toBe('timeout');
    const controller = new AbortController();
    const pending = source.read({ signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await expect(pending).rejects.toThrow('no longer wanted');
    expect(clock.pendingTimers).toBe(0);
  });
});
