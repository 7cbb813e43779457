import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { asked, canary, failureOf, valueOf } from '../../test/canary.ts';
import { at, fakeVault, holding } from '../../test/fake-vault.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { CredentialSource } from '../source.ts';
import { fileKey } from './file-key.ts';

describe('a login to Vault', () => {
  const body = { role_id: 'role', secret_id: 'secret-id' };
  const appRole = { roleId: 'role', secretId: Secret.from('secret-id', 'test') };

  it('by AppRole is made once and kept, until its life is nearly over', async () => {
    const vault = await holding({ value: 'key' });
    const clock = new ManualClock();
    vault.logins.set('approle', { body, leaseSeconds: 1000 });
    const source = at(vault, { login: { appRole }, clock });
    const logins = (): number => vault.came.filter(({ path }) => path === '/v1/auth/approle/login').length;
    for (const [seconds, expected] of [
      [0, 1],
      [899, 1],
      [1, 2],
      [899, 2],
    ] as const) {
      await clock.advance(seconds * 1000);
      expect((await valueOf(source.read(asked())))[0]).toBe('key');
      expect(logins()).toBe(expected);
    }
  });

  it('is made once more when Vault knows its token no longer, and not a third time', async () => {
    const vault = await holding({ value: 'key' });
    vault.logins.set('team/approle', { body, leaseSeconds: 0 });
    const source = at(vault, { login: { appRole: { ...appRole, mount: 'team/approle' } } });
    await source.read(asked());
    vault.tokens.clear();
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
    const path = '/v1/secret/data/openai/prod';
    vault.instead.set(path, { status: 403, body: { errors: [canary] } });
    vault.came.length = 0;
    expect(await failureOf(source)).toContain('Vault answered 403: permission denied');
    expect(vault.came.map((came) => came.path)).toEqual([path, '/v1/auth/team/approle/login', path]);
  });

  it('by Kubernetes reads the token of the pod anew each time', async () => {
    const vault = await holding({ value: 'key' });
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, 'jwt-1');
    chmodSync(file, 0o600);
    const source = at(vault, { login: { kubernetes: { role: 'search', jwt: fileKey(file) } } });
    vault.logins.set('kubernetes', { body: { role: 'search', jwt: 'jwt-1' }, leaseSeconds: 60 });
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
    writeFileSync(file, 'jwt-2');
    vault.tokens.clear();
    vault.logins.set('kubernetes', { body: { role: 'search', jwt: 'jwt-2' }, leaseSeconds: 60 });
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
  });

  it('that fails is told in words of ours, without what it was made with', async () => {
    const vault = await fakeVault();
    const wrong = { appRole: { roleId: canary, secretId: canary } };
    expect(await failureOf(at(vault, { login: wrong }))).toContain('login: Vault answered 400');
    vault.instead.set('/v1/auth/approle/login', { body: { auth: { client_token: `${canary} ${canary}` } } });
    expect(await failureOf(at(vault, { login: wrong }))).toContain(
      'token of the login: the credential (65 characters)',
    );
    vault.instead.set('/v1/auth/approle/login', { body: { auth: canary } });
    expect(await failureOf(at(vault, { login: wrong }))).toContain('expected a credential as a string, got undefined');
  });

  it('with a token from a source asks that for another one when it is refused', async () => {
    const vault = await holding({ value: 'key' });
    const rejected: (string | undefined)[] = [];
    const token: CredentialSource = {
      id: 'agent',
      kind: 'token',
      read: (context) => (rejected.push(context.rejected?.reveal()) === 1 ? { value: 'old' } : 'root'),
    };
    expect((await valueOf(at(vault, { login: { token } }).read(asked('upstream'))))[0]).toBe('key');
    expect(rejected).toEqual([undefined, 'old']);
  });

  it('with a token of which there is no other asks once, and says whose fault a broken source is', async () => {
    const vault = await holding({ value: 'key' });
    expect(await failureOf(at(vault, { login: { token: canary } }))).toContain('permission denied');
    expect(vault.came).toHaveLength(1);
    const read = (): never => {
      throw new Error(canary);
    };
    const broken = at(vault, { login: { token: { id: 'x', kind: 'token', read } } });
    expect(await failureOf(broken)).toBe('vault:secret/openai/prod#value: token: its source failed');
  });
});
