import { createServer } from 'node:net';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import { at, fakeVault, holding } from '../../test/fake-vault.ts';
import { farEnd } from '../../test/far-end.ts';
import type { CredentialSource } from '../source.ts';
import { vaultKey } from './vault-key.ts';
import type { VaultKeyOptions } from './vault-options.ts';

describe('a key in Vault', () => {
  it('is the field of the current version, asked for with the token and nothing else', async () => {
    const vault = await holding({ value: 'one' }, { value: 'two', other: 'x' });
    const source = at(vault, { namespace: 'team/search' });
    expect(source.id).toBe('vault:secret/openai/prod#value');
    expect(await valueOf(source.read(asked()))).toEqual(['two', undefined]);
    vault.stored.set('openai/prod', [{}, {}, { value: 'three' }]);
    expect(await valueOf(source.read(asked('two')))).toEqual(['three', undefined]);
    const [came] = vault.came;
    expect(came).toMatchObject({ method: 'GET', path: '/v1/secret/data/openai/prod', body: '' });
    expect(came?.headers).toMatchObject({ 'x-vault-token': 'root', 'x-vault-namespace': 'team/search' });
    expect(came?.headers.authorization).toBeUndefined();
  });

  it('is the field and the version that are named', async () => {
    const vault = await holding({ api: 'one' }, { api: 'two' });
    expect((await valueOf(at(vault, { field: 'api', version: 1 }).read(asked())))[0]).toBe('one');
    expect(vault.came[0]?.path).toBe('/v1/secret/data/openai/prod?version=1');
  });

  it('has a path whose parts are escaped', async () => {
    const vault = await fakeVault();
    vault.stored.set('a b/c?d#e', [{ value: 'key' }]);
    expect((await valueOf(at(vault, { path: 'a b/c?d#e' }).read(asked())))[0]).toBe('key');
  });

  it('with a lease has its end, and another one is asked for each time', async () => {
    const vault = await fakeVault();
    const clock = new ManualClock();
    const source = at(vault, { engine: 'dynamic', path: 'openai/creds/search', field: 'api_key', clock });
    expect(source.id).toBe('vault:openai/creds/search#api_key');
    expect(await valueOf(source.read(asked()))).toEqual(['leased-1', clock.now() + 3_600_000]);
    expect(await valueOf(source.read(asked('leased-1')))).toEqual(['leased-2', clock.now() + 3_600_000]);
  });

  it('of the old key-value engine has no lease, and so no end', async () => {
    const vault = await fakeVault();
    vault.instead.set('/v1/old/prod', { body: { lease_id: '', lease_duration: 2_764_800, data: { value: 'key' } } });
    expect(await valueOf(at(vault, { engine: 'dynamic', path: 'old/prod' }).read(asked()))).toEqual(['key', undefined]);
  });

  it.each<[string, unknown, string]>([
    ['has another field', { key: canary }, 'has no field "value"'],
    ['is no text', { value: { key: canary } }, 'expected a credential as a string, got object'],
    ['has a blank', { value: `${canary} ${canary}` }, 'the credential (65 characters) has whitespace'],
    ['is an object in a text', { value: JSON.stringify({ key: canary }) }, 'holds JSON'],
    ['is a list', [canary], 'expected a secret of a key-value engine, version 2'],
  ])('that %s is refused, and not quoted', async (_name, data, sentence) => {
    expect(await failureOf(at(await holding(data)))).toContain(sentence);
  });
});

describe('a Vault that does not answer as it should', () => {
  it.each([
    [400, 'is not valid'],
    [403, 'permission denied'],
    [404, 'there is nothing at this path'],
    [429, 'standby, or its rate limit'],
    [500, 'which was not expected'],
    [503, 'sealed'],
    [307, 'a redirect, which is not followed'],
  ])('but with %i is told in words of ours', async (status, words) => {
    const vault = await fakeVault();
    const body = { errors: [canary], warnings: [canary] };
    vault.instead.set('/v1/secret/data/openai/prod', {
      status,
      body,
      headers: { location: `${vault.address}/elsewhere` },
    });
    const message = await failureOf(at(vault, { login: { token: canary } }));
    expect(message).toContain(`vault:secret/openai/prod#value: Vault answered ${status}: `);
    expect(message).toContain(words);
    expect(vault.came.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  it.each([
    [canary, 'answer of Vault: expected a JSON object, got 32 characters that are none'],
    [JSON.stringify({ data: canary }), 'expected a secret of a key-value engine'],
    [canary.repeat(100), 'answered with more than 1000 bytes'],
  ])('but with %j is not quoted', async (body, words) => {
    const vault = await fakeVault();
    vault.instead.set('/v1/secret/data/openai/prod', { body });
    expect(await failureOf(at(vault, { maxBytes: 1000 }))).toContain(words);
  });

  it('at all is told by the code of the failure', async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address() as { port: number };
        server.close(() => resolve(free));
      });
    });
    const gone = at({ address: `http://127.0.0.1:${port}` }, { login: { token: canary } });
    expect(await failureOf(gone)).toContain('Vault could not be reached (ECONNREFUSED)');
    const throwing = at(
      { address: 'https://vault.example' },
      {
        login: { token: canary },
        fetch: (_input, init) => Promise.reject(new Error(JSON.stringify(init), { cause: { code: canary } })),
      },
    );
    expect(await failureOf(throwing)).toMatch(/could not be reached$/);
  });

  it('is given up at once by whoever wants it no longer, also while it logs in', async () => {
    const vault = await fakeVault();
    vault.instead.set('/v1/secret/data/openai/prod', undefined).set('/v1/auth/approle/login', undefined);
    const came = (count: number) => () => vi.waitFor(() => expect(vault.came).toHaveLength(count), { interval: 5 });
    await expectAbort(at(vault), came(1));
    await expectAbort(at(vault, { login: { appRole: { roleId: 'r', secretId: canary } } }), came(2));
    const never: CredentialSource = { id: 'never', kind: 'token', read: () => new Promise(() => undefined) };
    await expectAbort(at(vault, { login: { token: never } }), () => Promise.resolve());
  });
});

describe('the options of vaultKey', () => {
  const good = { address: 'https://vault.internal:8200', path: 'a', login: { token: 'root' } };

  it.each<[object, string]>([
    [{ address: undefined }, 'vaultKey.address: expected an https address'],
    [{ address: 'http://vault.internal:8200' }, 'vaultKey.address'],
    [{ address: 'http://127.0.0.1.evil.example' }, 'vaultKey.address'],
    [{ address: `https://user:${canary}@vault.internal` }, 'vaultKey.address'],
    [{ address: `https://vault.internal/?token=${canary}` }, 'vaultKey.address'],
    [{ address: 'ftp://vault.internal' }, 'vaultKey.address'],
    [{ path: undefined }, 'vaultKey.path: expected a path'],
    [{ path: '/a' }, 'vaultKey.path'],
    [{ path: 'a/../../sys/seal' }, 'vaultKey.path'],
    [{ path: canary }, 'vaultKey.path'],
    [{ mount: '..' }, 'vaultKey.mount'],
    [{ login: undefined }, 'vaultKey.login: expected one of token, appRole and kubernetes'],
    [{ login: {} }, 'vaultKey.login'],
    [{ login: { token: 'a', appRole: {} } }, 'vaultKey.login'],
    [{ login: { appRole: null } }, 'vaultKey.login'],
    [{ login: { appRole: { secretId: canary } } }, 'vaultKey.login.appRole.roleId'],
    [{ login: { kubernetes: {} } }, 'vaultKey.login.kubernetes.role'],
    [{ login: { token: `${canary} x` } }, 'token: the credential (34 characters) has whitespace'],
    [{ engine: 'kv1' }, "vaultKey.engine: expected 'kv2' or 'dynamic'"],
    [{ version: 0 }, 'vaultKey.version'],
    [{ timeout: 1 }, 'vaultKey.timeout: expected one of address'],
  ])('%j is refused by name, and not quoted', (wrong, sentence) => {
    try {
      vaultKey({ ...good, ...wrong } as VaultKeyOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });

  it.each(['https://vault.internal/', 'http://localhost:8200', 'http://127.0.0.1:8200', 'http://[::1]:8200'])(
    '%s is an address',
    (address) => void vaultKey({ ...good, address }),
  );

  it('plain http to another machine is taken only from whoever says so', async () => {
    const urls: string[] = [];
    const fetch = (input: unknown): Promise<Response> => {
      urls.push(String(input));
      return Promise.resolve(Response.json({ data: { data: { value: 'key' } } }));
    };
    const source = vaultKey({ ...good, address: 'http://vault.internal/proxy/', allowHttp: true, fetch });
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
    expect(urls).toEqual(['http://vault.internal/proxy/v1/secret/data/a']);
  });

  it('the redirect of a far end brings the token to no other one', async () => {
    const thief = await farEnd(() => ({ body: { data: { data: { value: 'stolen' } } } }));
    const vault = await farEnd(() => ({ status: 302, headers: { location: `${thief.address}/v1/secret/data/a` } }));
    expect(await failureOf(at(vault, { login: { token: canary } }))).toContain('Vault answered 302');
    expect(thief.came).toEqual([]);
  });
});
