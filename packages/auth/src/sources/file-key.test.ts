import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asked, canary, expectAbort, expectNoCanary, failureOf, valueOf } from '../../test/canary.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { forbiddenBits } from './file-content.ts';
import { fileKey, type FileKeyOptions } from './file-key.ts';

const write = (path: string, text: string | Uint8Array, mode = 0o600): string => {
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
};
const fresh = (text: string | Uint8Array, mode = 0o600): string =>
  write(join(temporaryFolder(), 'openai.key'), text, mode);

describe('a file with a key', () => {
  it.each([
    ['key', 'key', undefined],
    ['key\n', 'key', undefined],
    ['key\r\n', 'key', undefined],
    ['{ "token": "key" }', 'key', undefined],
    ['\n{"token":"key","expires_at":1800000000,"more":{}}\n', 'key', 1_800_000_000_000],
    ['{"token":"key","expires_at":"2026-01-31T12:00:00Z"}', 'key', Date.UTC(2026, 0, 31, 12)],
    ['{"token":"key","expires_at":"2026-01-31T14:00:00.5+02:00"}', 'key', Date.UTC(2026, 0, 31, 12, 0, 0, 500)],
    ['{"token":"key","expires_at":null}', 'key', undefined],
  ])('%j gives its value and its end', async (text, value, expiresAtMs) => {
    expect(await valueOf(fileKey(fresh(text)).read(asked()))).toEqual([value, expiresAtMs]);
  });

  it.each([
    ['', 'the file is empty'],
    ['\n', 'the credential is empty'],
    [`${canary} ${canary}`, '(65 characters) has whitespace'],
    [`${canary}\n\n`, 'has whitespace'],
    [`${canary}\u0000`, 'has whitespace, control'],
    [`\uFEFF${canary}`, 'non-ASCII'],
    [`{"token":"${canary}"`, 'expected a JSON object, got 43 characters that are none'],
    [`["${canary}"]`, 'holds JSON'],
    [`{"key":"${canary}"}`, 'has no field "token"'],
    [`{"token":["${canary}"]}`, 'field "token": expected a credential as a string, got object'],
    [`{"token":"${canary} x"}`, 'field "token": the credential (34 characters) has whitespace'],
    [`{"token":"a","expires_at":"${canary}"}`, 'expected "expires_at" as seconds'],
    ['{"token":"a","expires_at":"2026-01-31T12:00:00"}', 'expected "expires_at"'],
    ['{"token":"a","expires_at":1800000000000}', 'expected "expires_at"'],
    ['{"token":"a","expires_at":-1}', 'expected "expires_at"'],
  ])('%j is refused with what is wrong, and not quoted', async (text, sentence) => {
    expect(await failureOf(fileKey(fresh(text)))).toContain(sentence);
  });

  it('that is none, or cannot be one, is refused by its path', async () => {
    const folder = temporaryFolder();
    expect(await failureOf(fileKey(join(folder, 'none')))).toBe(`file:${folder}/none: there is no such file`);
    expect(await failureOf(fileKey(folder))).toContain('is no regular file');
    expect(await failureOf(fileKey(join(write(join(folder, 'a'), 'x'), 'b')))).toContain('cannot be opened (ENOTDIR)');
    symlinkSync('loop', join(folder, 'loop'));
    expect(await failureOf(fileKey(join(folder, 'loop')))).toContain('cannot be opened (ELOOP)');
    expect(await failureOf(fileKey(fresh(canary.repeat(40)), { maxBytes: 1000 }))).toContain('larger than 1000 bytes');
  });

  it.skipIf(process.platform === 'win32')('that is a pipe is refused, and nobody waits for its writer', async () => {
    const path = join(temporaryFolder(), 'pipe');
    execFileSync('/usr/bin/mkfifo', [path]);
    expect(await failureOf(fileKey(path))).toContain('is no regular file');
  });

  it('is given up at once by whoever wants it no longer', async () => {
    await expectAbort(fileKey(fresh('key')), () => Promise.resolve());
  });
});

describe.skipIf(process.platform === 'win32')('the mode of a file', () => {
  it.each([0o640, 0o604, 0o644, 0o620, 0o602, 0o777, 0o440])('%o is refused unless it is allowed', async (mode) => {
    const path = fresh(canary, mode);
    expect(await failureOf(fileKey(path))).toMatch(
      /group or others may read or write it \(mode 0\d{3}\)\. Run chmod 600/,
    );
    expect((await valueOf(fileKey(path, { allowReadable: true }).read(asked())))[0]).toBe(canary);
  });

  it.each([0o600, 0o400, 0o700])('%o is fine', async (mode) => {
    expect((await valueOf(fileKey(fresh('key', mode)).read(asked())))[0]).toBe('key');
  });

  it('is that of the file, not that of the link which leads to it', async () => {
    const path = fresh('key', 0o644);
    const link = join(temporaryFolder(), 'link');
    symlinkSync(path, link);
    expect(await failureOf(fileKey(link))).toContain('mode 0644');
  });

  it('may be readable where only root puts secrets, and writable by others nowhere', () => {
    for (const path of ['/run/secrets/openai', '/var/run/secrets/openai/key'])
      expect([forbiddenBits(path, undefined), forbiddenBits(path, false)]).toEqual([0o002, 0o066]);
    for (const path of [
      '/run/secrets/../../home/me/key',
      '/home/run/secrets/key',
      '/run/secretsx/key',
      './run/secrets/k',
    ])
      expect(forbiddenBits(path, undefined)).toBe(0o066);
    expect(forbiddenBits('/anywhere', true)).toBe(0);
  });
});

describe('a file that is replaced', () => {
  it('law: gives the last good value while nothing better is there, unless that was rejected', async () => {
    const good = fc.constantFrom('a', 'b', 'c').map((name) => ({ name, text: `key-${name}` }));
    const bad = fc
      .constantFrom(undefined, '', 'half a key', '{"token":', '{}')
      .map((text) => ({ name: undefined, text }));
    const steps = fc.array(fc.record({ file: fc.oneof(good, bad), isRejected: fc.boolean() }), { maxLength: 12 });
    const folder = temporaryFolder();
    let number = 0;
    const law = fc.asyncProperty(steps, async (given) => {
      const path = join(folder, `key${number++}`);
      const source = fileKey(path);
      let last: string | undefined;
      for (const { file, isRejected } of given) {
        rmSync(path, { force: true });
        if (file.text !== undefined) write(path, file.text);
        const held = last;
        if (file.name !== undefined) last = file.text;
        const isGiven = file.name !== undefined || (held !== undefined && !isRejected);
        const context = asked(isRejected ? held : undefined);
        if (isGiven) expect(await valueOf(source.read(context))).toEqual([last, undefined]);
        else expect(await failureOf(source, context)).toContain(source.id);
      }
    });
    await fc.assert(law, { numRuns: 60 });
  });

  it('by the link of Kubernetes gives the new value', async () => {
    const folder = temporaryFolder();
    const version = (name: string, key: string): void => {
      mkdirSync(join(folder, name));
      write(join(folder, name, 'key'), key, 0o644);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    version('..1', 'old');
    symlinkSync('..data/key', join(folder, 'key'));
    const source = fileKey(join(folder, 'key'), { allowReadable: true });
    expect(await valueOf(source.read(asked()))).toEqual(['old', undefined]);
    version('..2', 'new');
    expect(await valueOf(source.read(asked()))).toEqual(['new', undefined]);
  });

  it('while it is read gives one whole value or the other, and never a mixture', async () => {
    const values = ['a'.repeat(3), 'b'.repeat(40_000)];
    const path = fresh(values[0] ?? '');
    const source = fileKey(path);
    await source.read(asked());
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 100; round++) await writeFile(path, values[round % 2] ?? '');
      isWriting = false;
    })();
    while (isWriting) expect(values).toContain((await valueOf(source.read(asked())))[0]);
    await writing;
    expect((await valueOf(source.read(asked())))[0]).toBe(values[1]);
  });

  it('with one that others may read is refused, whatever was good before', async () => {
    const path = fresh('good');
    const source = fileKey(path);
    await source.read(asked());
    write(path, canary, 0o644);
    expect(await failureOf(source)).toContain('mode 0644');
  });
});

describe('the options of fileKey', () => {
  it.each<[unknown, unknown, string]>([
    [canary, {}, 'fileKey.path: expected a path that begins with /, ./ or ../, got "a string of 32 characters"'],
    ['openai.key', {}, 'fileKey.path'],
    [undefined, {}, 'fileKey.path'],
    ['/a\0b', {}, 'fileKey.path'],
    ['/a', { allowReadable: 'yes' }, 'fileKey.allowReadable: expected true or false'],
    ['/a', { pollMs: 0 }, 'fileKey.pollMs'],
    ['/a', { settleMs: 2 ** 31 }, 'fileKey.settleMs'],
    ['/a', { id: canary }, 'fileKey.id'],
    ['/a', { clock: {} }, 'fileKey.clock'],
    ['/a', { poll: 1 }, 'fileKey.poll'],
  ])('%j with %j is refused by name', (path, options, sentence) => {
    try {
      fileKey(path as string, options as FileKeyOptions);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(sentence);
      expectNoCanary(error);
    }
  });

  it('a part of the path that looks like a key is not told', () => {
    const { id } = fileKey(`/keys/${canary}/key`);
    expect(id).toBe('file:/keys/(a name of 32 characters)/key');
  });
});
