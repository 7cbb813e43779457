import { inspect } from 'node:util';
import { faultOf, pipeline, refusalOf, Secret, type Credential, type Middleware } from '@holdfast/core';
import { cannedFetch, jsonAnswer, ManualClock, testMiddleware } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { chatUrl, edKey, gate, hmacKey, leave, origin, sharedSecret, verdict } from '../../test/signed-request.ts';
import { sign, type SigningKey, type SignOptions } from '../index.ts';

const api = 'https://api.openai.com';

describe.each([
  ['sign', () => sign({ key: hmacKey, origins: [api], maxStreamBytes: 1024 })],
  ['sign, for origins elsewhere', () => sign({ key: edKey, origins: [origin] })],
  ['sign, with a key from a function', () => sign({ key: async () => edKey, origins: [api], maxStreamBytes: 1024 })],
])('%s', (_name, create) => testMiddleware(create, { describe, it }));

describe('what is signed', () => {
  it('has a time, an end, a nonce, a key, an algorithm and a tag', async () => {
    const { headers } = await leave({ tag: 'team-a', label: 'gw', expiresMs: 1500 }, { clock: new ManualClock(7999) });
    expect(headers['signature-input']).toMatch(
      /^gw=\("@method" "@target-uri" "content-digest" "content-type"\);created=7;expires=9;nonce="[\w-]{22}";keyid="shared-1";alg="hmac-sha256";tag="team-a"$/,
    );
    expect(headers['signature']).toMatch(/^gw=:[\w+/]{43}=:$/);
  });

  it('is each attempt for itself: no two have one nonce, and both are accepted', async () => {
    const twice: Middleware = {
      name: 'twice',
      layer: 'retry',
      async handle(call, next) {
        await next(call);
        return next(call.with({ attempt: 2 }));
      },
    };
    const upstream = cannedFetch(() => jsonAnswer());
    const clock = new ManualClock();
    const { fetch } = pipeline({ clock, fetch: upstream })
      .use(twice)
      .use(sign({ key: hmacKey, origins: [origin] }))
      .build();
    await fetch(chatUrl, { method: 'POST', body: '{}' });
    const by = gate();
    const requests = upstream.calls.map(({ init }) => ({
      method: 'POST',
      url: chatUrl,
      headers: new Headers(init.headers),
      body: '{}',
    }));
    expect(new Set(requests.map(({ headers }) => headers.get('signature-input'))).size).toBe(2);
    for (const request of requests) expect(await verdict(by, request)).toBe('accepted');
  });

  it('is what goes to the gateway, and nothing else', async () => {
    const { headers } = await leave({}, { url: `${api}/v1/chat/completions` });
    expect(Object.keys(headers)).toEqual(['content-type']);
    const other = await leave({}, { url: 'https://gateway.example:8443/v1' });
    expect(Object.keys(other.headers)).toEqual(['content-type']);
  });

  it('is the URL as it goes over the wire', async () => {
    for (const url of [`${origin}/a?`, `${origin}:443/a/../b?x=a|b'#part`, `HTTPS://GATEWAY.example/ä?ö=%c3 1`, origin])
      expect(await verdict(gate(), await leave({}, { url }))).toBe('accepted');
  });

  it('is the credential that auth has chosen, where it is asked for', async () => {
    const credential = { id: 'a', kind: 'key', secret: Secret.from('sk-chosen', 'a'), origins: [origin] } as const;
    const chosen = (given: Credential): Middleware => ({
      name: 'auth',
      layer: 'auth',
      handle: (call, next) => next(call.with({ credential: given })),
    });
    const headers = { authorization: 'Bearer sk-client', 'content-type': 'application/json' };
    const bearer = await leave({ fields: ['authorization', 'api-key'] }, { headers, around: [chosen(credential)] });
    expect(bearer.headers['authorization']).toBe('Bearer sk-chosen');
    expect(await verdict(gate({ fields: ['authorization'] }), bearer)).toBe('accepted');
    const azure = chosen({ ...credential, header: 'api-key' });
    const key = await leave({ fields: ['authorization', 'api-key'] }, { headers, around: [azure] });
    expect(key.headers['authorization']).toBeUndefined();
    expect(await verdict(gate({ fields: ['api-key'] }), key)).toBe('accepted');
  });

  it('is no digest that came with the request', async () => {
    const headers = {
      'content-digest': 'sha-256=:YQ==:',
      'content-encoding': 'identity',
      'content-type': 'text/plain',
    };
    expect(await verdict(gate(), await leave({}, { headers }))).toBe('accepted');
    const empty = await leave({}, { headers, method: 'GET', body: undefined });
    expect(empty.headers['content-digest']).toBeUndefined();
    expect(await verdict(gate(), empty)).toBe('accepted');
  });
});

describe('the key', () => {
  const call = async (key: SignOptions['key'], run?: (clock: ManualClock) => Promise<void>) => {
    const clock = new ManualClock();
    const upstream = cannedFetch(() => jsonAnswer());
    const { fetch } = pipeline({ clock, fetch: upstream })
      .use(sign({ key, origins: [origin] }))
      .build();
    const pending = fetch(chatUrl, { method: 'POST', body: '{}' });
    await run?.(clock);
    return { response: await pending, upstream, clock };
  };

  it('may come from a function, which rotates it', async () => {
    const keys: SigningKey[] = [hmacKey, edKey];
    const key = async (): Promise<SigningKey> => keys.shift() as SigningKey;
    const { fetch, calls } = withCalls(key);
    for (let index = 0; index < 2; index++) await fetch(chatUrl, { method: 'POST', body: '{}' });
    expect(
      calls.map(({ init }) => /keyid="([^"]+)"/.exec(new Headers(init.headers).get('signature-input') ?? '')?.[1]),
    ).toEqual(['shared-1', 'service-1']);
  });

  it.each<[string, () => SigningKey | Promise<SigningKey>, string]>([
    ['fails', () => Promise.reject(new Error(`vault said ${sharedSecret}`)), 'it failed (Error)'],
    ['gives nothing', () => undefined as never, 'expected a key'],
    ['gives a short secret', () => ({ ...hmacKey, secret: 'c2hvcnQ=' }), 'got 5'],
    ['gives a key with no name', () => ({ ...hmacKey, keyId: '' }), 'sign.key.keyId'],
  ])('that a function %s refuses is a 401, and nothing is sent', async (_name, key, words) => {
    const { response, upstream } = await call(key);
    expect([response.status, faultOf(response)?.kind, upstream.calls.length]).toEqual([
      401,
      'credentials_exhausted',
      0,
    ]);
    const { message = '' } = refusalOf(response) ?? {};
    expect(message).toContain(words);
    expect(message).not.toContain('uzvJ');
  });

  it('is waited for no longer than keyTimeoutMs', async () => {
    let heard: AbortSignal | undefined;
    const { response, clock } = await call(
      ({ signal }) => new Promise(() => (heard = signal)),
      async (time) => time.advance(10_000),
    );
    expect(refusalOf(response)?.message).toContain('no answer within 10000 ms');
    expect([heard?.aborted, clock.pendingTimers]).toEqual([true, 0]);
  });

  it('is waited for no longer than the caller waits', async () => {
    const controller = new AbortController();
    let heard: AbortSignal | undefined;
    const { fetch, calls, thrown } = withCalls(({ signal }) => new Promise(() => (heard = signal)));
    const pending = fetch(chatUrl, { method: 'POST', body: '{}', signal: controller.signal });
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect([heard?.aborted, calls.length, thrown]).toEqual([true, 0, [reason]]);
  });

  function withCalls(key: SignOptions['key']) {
    const upstream = cannedFetch(() => jsonAnswer());
    const thrown: unknown[] = [];
    const watch: Middleware = {
      name: 'watch',
      layer: 'retry',
      handle: (given, next) =>
        next(given).catch((error: unknown) => {
          thrown.push(error);
          throw error;
        }),
    };
    const { fetch } = pipeline({ fetch: upstream })
      .use(watch)
      .use(sign({ key, origins: [origin] }))
      .build();
    return { fetch, thrown, calls: upstream.calls };
  }
});

describe('options', () => {
  const secrets = ['hunter2', 'sk-proj-0123456789abcdefghijklmnop', 'short secret'];
  const text = 'c2hvcnQ=';
  it.each<[string, unknown, string]>([
    ['no key', undefined, 'sign.key: expected a key'],
    ['a key that is a text', secrets[1], 'sign.key: expected a key'],
    ['a short secret', { ...hmacKey, secret: text }, 'sign.key.secret: expected a secret of 32 bytes or more'],
    ['a secret that is no base64', { ...hmacKey, secret: secrets[2] }, 'got 0'],
    [
      'a secret in place of the name',
      { ...hmacKey, keyId: Buffer.from(secrets[0] as string) },
      'sign.key.keyId: expected',
    ],
    [
      'a private key that is none',
      { ...edKey, privateKey: secrets[0] },
      'sign.key.privateKey: expected the private half',
    ],
    [
      'a broken JWK',
      { ...edKey, privateKey: { kty: 'OKP', crv: 'Ed25519', d: secrets[0], x: secrets[0] } },
      'sign.key.privateKey',
    ],
    ['a key of another algorithm', { ...edKey, alg: secrets[0] }, "sign.key.alg: expected 'hmac-sha256' or 'ed25519'"],
  ])('with %s are refused without showing it', (_name, key, message) => {
    let error: unknown;
    try {
      sign({ key: key as SigningKey, origins: [origin] });
    } catch (thrown) {
      error = thrown;
    }
    expect((error as Error).message).toContain(message);
    for (const secret of [...secrets, text]) expect(inspect(error)).not.toContain(secret);
  });

  it.each<[Partial<Record<keyof SignOptions, unknown>>, string]>([
    [{ origins: undefined }, 'sign.origins: expected a list of at least one origin'],
    [{ origins: ['https://a.example/v1'] }, 'sign.origins[0]: expected an origin'],
    [{ expiresMs: 999 }, 'sign.expiresMs'],
    [{ tag: 'ä' }, 'sign.tag'],
    [{ label: '1' }, 'sign.label'],
    [{ digest: 'md5' }, 'sign.digest'],
    [{ fields: ['@authority'] }, 'sign.fields'],
    [{ fields: ['signature'] }, 'sign.fields'],
    [{ maxStreamBytes: -1 }, 'sign.maxStreamBytes'],
    [{ keyTimeoutMs: 0 }, 'sign.keyTimeoutMs'],
  ])('%j', (options, message) => {
    expect(() => sign({ key: hmacKey, origins: [origin], ...options } as SignOptions)).toThrow(message);
  });

  it('keep their keys to themselves', () => {
    for (const key of [hmacKey, edKey, { ...hmacKey, secret: Secret.from(sharedSecret, 'env:GATEWAY') }]) {
      const layer = sign({ key, origins: [origin] });
      const shown =
        inspect(layer, { depth: 20, showHidden: true }) + JSON.stringify(layer) + String(layer.describe?.());
      expect(shown).toContain(`sig1 by ${key.keyId} (${key.alg}); only to ${origin}`);
      for (const secret of ['uzvJfB4u', 'IEIJ+DYv', 'n4Ni-HpI']) expect(shown).not.toContain(secret);
    }
  });
});
