import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { loadServices } from './load-services.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-credentials-'));
const keyFile = join(folder, 'key');
writeFileSync(keyFile, 'sk-of-the-file\n', { mode: 0o600 });

const env = { OPENAI_API_KEY: 'sk-of-the-variable', VAULT_TOKEN: 'hvs.of-the-variable' };

function load(auth: string, options: Parameters<typeof loadServices>[1] = {}) {
  const file = join(folder, 'holdfast.yaml');
  writeFileSync(file, `services:\n  a:\n    auth: ${auth}\n`);
  return loadServices(file, { env, ...options }).get('a');
}

/** The bearer of a call. */
async function bearerWith(auth: string): Promise<string | null> {
  const upstream = cannedFetch(() => jsonAnswer());
  const resilient = load(auth, { fetch: upstream });
  const headers = { authorization: 'Bearer sk-of-the-caller' };
  await resilient.fetch('https://api.openai.com/v1/models', { headers });
  await resilient.close();
  return new Headers(upstream.calls[0]?.init.headers).get('authorization');
}

const printing = JSON.stringify({
  command: process.execPath,
  args: ['-e', 'console.log(JSON.stringify({ version: 1, token: "sk-of-the-program" }))'],
});

describe('credentials of a services file', () => {
  it.each([
    ['the client', '{ credentials: client }', 'sk-of-the-caller'],
    ['a variable', '{ credentials: { env: OPENAI_API_KEY } }', 'sk-of-the-variable'],
    ['a file', `{ credentials: { file: ${keyFile} } }`, 'sk-of-the-file'],
    ['a program', `{ credentials: { exec: ${printing} } }`, 'sk-of-the-program'],
    ['the first of a pool', `{ credentials: [{ file: ${keyFile} }] }`, 'sk-of-the-file'],
  ])('come from %s', async (_name, auth, key) => {
    expect(await bearerWith(auth)).toBe(`Bearer ${key}`);
  });

  it.each([
    '{ credentials: { vault: { address: https://vault.internal, path: openai, login: { token: { env: VAULT_TOKEN } } } } }',
    '{ credentials: { vault: { address: https://vault.internal, path: openai, login: { kubernetes: { role: search } } } } }',
    '{ credentials: { aws: { secretId: prod/openai, region: eu-central-1 } } }',
    '{ credentials: { gcp: { name: projects/p/secrets/openai } } }',
    '{ credentials: { azure: { vaultUrl: https://kv.vault.azure.net, name: openai } } }',
    '{ credentials: { entra: {} } }',
    `{ credentials: { env: OPENAI_API_KEY }, pool: { probeMs: 1000 }, refresh: { waitMs: 0 }, store: { file: ${keyFile}.quarantine } }`,
  ])('are taken as %s', async (auth) => {
    const resilient = load(auth);
    expect(resilient.describe()).toContain('auth');
    await resilient.close();
  });

  it.each([
    [
      '{ credentials: [{ env: OPENAI_API_KEY }, { env: MISSING }] }',
      'services.a.auth.credentials.1.env: expected an environment variable that is set: MISSING, got nothing',
    ],
    [
      '{ credentials: { vault: { address: https://v.internal, path: p, login: { token: { env: MISSING } } } } }',
      'services.a.auth.credentials.vault.login.token.env: expected an environment variable that is set: MISSING',
    ],
    ['{ credentials: { env: sk-proj-written-here } }', 'services.a.auth.credentials'],
    ['{ credentials: { file: 7 } }', 'services.a.auth.credentials'],
    ['{ credentials: { keychain: x } }', 'services.a.auth.credentials'],
    ['{ pool: { probems: 1 } }', 'services.a.auth.pool.probems: expected one of suspectMs, probeMs'],
  ])('are refused as %s', (auth, message) => {
    expect(() => load(auth)).toThrow(message);
  });
});
