import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { CredentialSource } from '../source.ts';
import { execKey, type ExecKeyOptions } from './exec-key.ts';

const patient = { timeout: 10_000, interval: 5 };

/** A program of Node that runs `script`. */
const program = (script: string, options: Partial<ExecKeyOptions> = {}, ...args: readonly string[]): CredentialSource =>
  execKey({ command: process.execPath, args: ['-e', script, ...args], ...options });

const writes = (output: unknown, options?: Partial<ExecKeyOptions>): CredentialSource =>
  program(`process.stdout.write(${JSON.stringify(JSON.stringify(output))})`, options);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a program that gives a token', () => {
  it.each([
    [{ version: 1, token: 'key' }, undefined],
    [{ version: 1, token: 'key\n', expires_at: 1_800_000_000, more: [] }, 1_800_000_000_000],
    [{ version: 1, token: 'key', expires_at: '2026-01-31T12:00:00Z' }, Date.UTC(2026, 0, 31, 12)],
  ])('that writes %j gives its value and its end', async (output, expiresAtMs) => {
    expect(await valueOf(writes(output).read(asked()))).toEqual(['key', expiresAtMs]);
  });

  it.each([
    ['another version', { version: 2, token: canary }, 'expected "version": 1'],
    ['no token', { version: 1, access_token: canary }, 'has no field "token"'],
    ['a token with a blank', { version: 1, token: `${canary} x` }, 'field "token": the credential (34 characters)'],
    ['a text', canary, 'expected a JSON object'],
    ['nothing', '', 'expected a JSON object'],
  ])('that writes %s is refused, and not quoted', async (_name, output, sentence) => {
    expect(await failureOf(writes(output))).toContain(sentence);
  });

  it('that fails is named by its exit code, and what it writes on standard error by nobody', async () => {
    const failing = program(`process.stderr.write('${canary}'); process.stdout.write('${canary}'); process.exit(3)`);
    expect(await failureOf(failing)).toBe('exec:node: ended with exit code 3');
  });

  it('has its standard error dropped: it ends up in no log of this process', async () => {
    const script = `const { execKey } = await import(${JSON.stringify(new URL('exec-key.ts', import.meta.url).href)});
      const source = execKey({ command: process.execPath, args: ['-e', 'console.error("${canary}"); process.exit(3)'] });
      await source.read({ signal: new AbortController().signal }).catch((error) => console.error(error.message));`;
    const args = ['--conditions=@holdfast/source', '--input-type=module', '-e', script];
    const { stderr, stdout } = await promisify(execFile)(process.execPath, args);
    expect(stderr).toContain('exec:node: ended with exit code 3');
    expectNoCanary(stderr + stdout);
  });

  it('that dies is named by its signal', async () => {
    expect(await failureOf(program(`process.kill(process.pid, 'SIGKILL')`))).toBe('exec:node: was ended by SIGKILL');
  });

  it('that is not there, or cannot be run, is refused without its arguments', async () => {
    const none = execKey({ command: '/nowhere/helper', args: [canary] });
    expect(await failureOf(none)).toBe('exec:helper: could not be run (ENOENT)');
    const folder = temporaryFolder();
    expect(await failureOf(execKey({ command: folder, args: [canary], id: 'mine' }))).toBe(
      'mine: could not be run (EACCES)',
    );
    expect(await failureOf(execKey({ command: process.execPath, args: [canary.repeat(200_000)] }))).toContain(
      'could not be run',
    );
  });

  it('gets its arguments as they stand: no shell takes them apart', async () => {
    const marker = join(temporaryFolder(), 'marker');
    const script =
      'process.stdout.write(JSON.stringify({version: 1, token: String(process.argv[1] === process.argv[2])}))';
    const evil = `$(touch ${marker}); \`touch ${marker}\` | "x" & touch ${marker}`;
    expect((await valueOf(program(script, {}, evil, evil).read(asked())))[0]).toBe('true');
    expect(existsSync(marker)).toBe(false);
  });

  it('sees no key of this process, and exactly the environment that is given', async () => {
    const script =
      'process.stdout.write(JSON.stringify({version: 1, token: Object.keys(process.env).toSorted().join()}))';
    vi.stubEnv('OPENAI_API_KEY', canary);
    const [minimal] = await valueOf(program(script).read(asked()));
    expect(minimal.split(',').every((name) => ['HOME', 'PATH', '__CF_USER_TEXT_ENCODING'].includes(name))).toBe(true);
    const [given] = await valueOf(program(script, { env: { VAULT_ADDR: 'x', NOT: undefined } }).read(asked()));
    expect(given.split(',').filter((name) => name !== '__CF_USER_TEXT_ENCODING')).toEqual(['VAULT_ADDR']);
    vi.unstubAllEnvs();
  });
});

describe('a program that misbehaves', () => {
  it('by writing without an end is ended', async () => {
    const clock = new ManualClock();
    const folder = temporaryFolder();
    const script = `require('fs').writeFileSync(process.argv[1], String(process.pid));
      const write = () => process.stdout.write('${canary}'.repeat(1000), write); write()`;
    const source = program(script, { clock, maxBytes: 100_000 }, join(folder, 'pid'));
    expect(await failureOf(source)).toBe('exec:node: wrote more than 100000 bytes');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), patient);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(0), patient);
  });

  it('by taking too long is asked to end, and leaves no timer', async () => {
    const clock = new ManualClock();
    const answer = failureOf(program('setInterval(() => {}, 1000)', { clock, timeoutMs: 3000 }));
    expect(await clock.runUntil(answer)).toBe('exec:node: took longer than 3000 ms');
    expect(clock.monotonic()).toBeGreaterThanOrEqual(3000);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(0), patient);
  });

  it('by not ending when it is asked to is ended by force', async () => {
    const clock = new ManualClock();
    const ready = join(temporaryFolder(), 'pid');
    const script = `process.on('SIGTERM', () => require('fs').writeFileSync(process.argv[1] + '-asked', ''));
      require('fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000)`;
    const source = program(script, { clock, timeoutMs: 3000, killAfterMs: 700 }, ready);
    const answer = failureOf(source);
    await vi.waitFor(() => expect(Number(readFileSync(ready, 'utf8'))).toBeGreaterThan(0), patient);
    await clock.advance(3000);
    expect(await answer).toContain('took longer');
    await vi.waitFor(() => expect(existsSync(`${ready}-asked`)).toBe(true), patient);
    const pid = Number(readFileSync(ready, 'utf8'));
    await clock.advance(699);
    expect(isAlive(pid)).toBe(true);
    await clock.advance(1);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), patient);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given up at once by whoever wants it no longer, and ended', async () => {
    const clock = new ManualClock();
    const ready = join(temporaryFolder(), 'pid');
    const script = `require('fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000)`;
    await expectAbort(program(script, { clock }, ready), () =>
      vi.waitFor(() => expect(Number(readFileSync(ready, 'utf8'))).toBeGreaterThan(0), patient),
    );
    const pid = Number(readFileSync(ready, 'utf8'));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), patient);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(0), patient);
  });

  it('by leaving a child with its output is not waited for longer than it may take', async () => {
    const clock = new ManualClock();
    const folder = temporaryFolder();
    const left = `require('fs').writeFileSync('${join(folder, 'pid')}', String(process.pid)); setTimeout(() => {}, 20000)`;
    const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(left)}],
      { stdio: ['ignore', 'inherit', 'ignore'], detached: true }).unref()`;
    const answer = failureOf(program(script, { clock, timeoutMs: 3000 }));
    await vi.waitFor(() => expect(Number(readFileSync(join(folder, 'pid'), 'utf8'))).toBeGreaterThan(0), patient);
    await clock.advance(3000);
    expect(await answer).toContain('took longer than 3000 ms');
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the options of execKey', () => {
  it.each<[unknown, string]>([
    [{}, 'execKey.command: expected the path or name of a program'],
    [{ command: '' }, 'execKey.command'],
    [{ command: 'a', args: canary }, 'execKey.args: expected a list of strings'],
    [{ command: 'a', args: ['a\0b'] }, 'execKey.args'],
    [{ command: 'a', env: { KEY: 1 } }, 'execKey.env'],
    [{ command: 'a', timeoutMs: 0 }, 'execKey.timeoutMs'],
    [{ command: 'a', maxBytes: 0.5 }, 'execKey.maxBytes'],
    [{ command: 'a', shell: true }, 'execKey.shell: expected one of command, args'],
  ])('%j is refused by name', (options, sentence) => {
    try {
      execKey(options as ExecKeyOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });

  it('a command that looks like a key is not told, and a list of arguments that changes later changes nothing', async () => {
    expect(execKey({ command: canary }).id).toBe('exec:(a name of 32 characters)');
    const args = ['-e', 'process.stdout.write(JSON.stringify({ version: 1, token: "key" }))'];
    const source = execKey({ command: process.execPath, args });
    args[1] = 'process.exit(1)';
    expect((await valueOf(source.read(asked())))[0]).toBe('key');
  });
});
