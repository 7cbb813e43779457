import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it, vi } from 'vitest';
import { canary, expectNoCanary } from '../../test/canary.ts';
import { at, holding } from '../../test/fake-vault.ts';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { functionSource } from './function-source.ts';
import { envKeys, execKey, fileKey } from '../index.ts';

const keyFile = (text: string): string => {
  const path = join(temporaryFolder(), 'key');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

describe('a service with a source', () => {
  it('heals a 401 with the key that is in the file by now', async () => {
    const path = keyFile('old\n');
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: fileKey(path) });
    expect((await call()).status).toBe(200);
    upstream.revoke('old');
    writeFileSync(path, 'new\n');
    expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['old', 'old', 'new']);
  });

  it('goes over to the key of a file before the old one is rejected', async () => {
    const path = keyFile('old');
    const upstream = keyUpstream();
    const clock = new ManualClock();
    const { call, resilient } = service(upstream.fetch, { credentials: fileKey(path, { clock }) });
    await call();
    writeFileSync(`${path}-next`, 'new', { mode: 0o600 });
    renameSync(`${path}-next`, path);
    await vi.waitFor(
      async () => {
        await clock.advance(25);
        await call();
        expect(upstream.seen.at(-1)).toBe('new');
      },
      { timeout: 5000, interval: 5 },
    );
    await resilient.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('heals a 401 with what Vault has by now', async () => {
    const vault = await holding({ value: 'old' });
    const upstream = keyUpstream();
    const { call } = service(upstream.fetch, { credentials: at(vault) });
    await call();
    upstream.revoke('old');
    vault.stored.set('openai/prod', [{ value: 'old' }, { value: 'new' }]);
    expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['old', 'old', 'new']);
  });

  it('asks a program again shortly before its token ends', async () => {
    const counter = keyFile('0');
    const script = `const fs = require('fs'); const n = Number(fs.readFileSync('${counter}', 'utf8')) + 1;
      fs.writeFileSync('${counter}', String(n));
      const expires_at = ${Date.UTC(2026, 0, 1) / 1000} + 3600 * n;
      process.stdout.write(JSON.stringify({ version: 1, token: 'token-' + n, expires_at }))`;
    const upstream = keyUpstream();
    const credentials = execKey({ command: process.execPath, args: ['-e', script] });
    const { call, clock } = service(upstream.fetch, { credentials });
    await call();
    await clock.advance(3_599_999);
    await call();
    await vi.waitFor(
      async () => {
        await call();
        expect(upstream.seen.at(-1)).toBe('token-2');
      },
      { timeout: 5000, interval: 20 },
    );
  });

  it('asks a function again shortly before the end that it gave', async () => {
    let asked = 0;
    const give = () => ({ value: `token-${++asked}`, expiresAtMs: Date.UTC(2026, 0, 1, asked) });
    const upstream = keyUpstream();
    const { call, clock } = service(upstream.fetch, { credentials: functionSource('function', give) });
    await call();
    await clock.advance(3_600_000);
    await call();
    expect(upstream.seen).toEqual(['token-1', 'token-2']);
  });

  it('is told what is wrong with its source, in the words of the source', async () => {
    const path = keyFile(`${canary} ${canary}`);
    const refusal = async (credentials: Parameters<typeof service>[1]['credentials']): Promise<string> => {
      const { call } = service(keyUpstream().fetch, credentials === undefined ? {} : { credentials });
      const { message } = await errorOf(await call());
      expectNoCanary(message);
      return message;
    };
    expect(await refusal(fileKey(path))).toContain(`file:${path}: the credential (65 characters) has whitespace`);
    rmSync(path);
    expect(await refusal(envKeys({ env: { OPENAI_API_KEY_FILE: path } }))).toContain(
      'env:OPENAI_API_KEY_FILE: there is no such file',
    );
    writeFileSync(path, canary);
    chmodSync(path, 0o644);
    if (process.platform !== 'win32') expect(await refusal(fileKey(path))).toContain('mode 0644');
    const vault = await holding({ value: canary });
    expect(await refusal(at(vault, { login: { token: canary } }))).toContain('Vault answered 403: permission denied');
  });
});
