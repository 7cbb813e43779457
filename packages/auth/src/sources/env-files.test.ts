import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { asked, canary, expectNoCanary, valueOf } from '../../test/canary.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { envKeys, type EnvKeysOptions } from './env-keys.ts';
import { lineOf, malformedLine } from './env-lines.ts';

/** A folder with files, by name. */
function folder(files: Readonly<Record<string, string>>): string {
  const path = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(path, name), text);
    chmodSync(join(path, name), 0o600);
  }
  return path;
}

/** Ids and values of what is found. */
async function found(options: EnvKeysOptions): Promise<Record<string, string>> {
  const { sources, admin = [] } = envKeys(options);
  const pairs = [...sources, ...admin].map(
    async (source) => [source.id, (await valueOf(source.read(asked())))[0]] as const,
  );
  return Object.fromEntries(await Promise.all(pairs));
}

function errorOf(options: EnvKeysOptions): Error {
  let error: unknown;
  try {
    envKeys(options);
  } catch (thrown) {
    error = thrown;
  }
  expectNoCanary(error);
  expect(error).toBeInstanceOf(TypeError);
  return error as Error;
}

describe('the .env files of an environment', () => {
  const names = ['.env', '.env.local', '.env.staging', '.env.staging.local'];

  it.each([0, 1, 2, 3])('are read in order, and the %i. wins over those before it', async (last) => {
    const texts = names.slice(0, last + 1).map((name) => [name, `OPENAI_API_KEY=key-of${name}`]);
    const directory = folder({ ...Object.fromEntries(texts), '.env.production': 'OPENAI_API_KEY=not-this' });
    const files = { directory, environment: 'staging' };
    expect(await found({ env: {}, files })).toEqual({ 'env:OPENAI_API_KEY': `key-of${names[last]}` });
    expect(await found({ env: { OPENAI_API_KEY: 'set' }, files })).toEqual({ 'env:OPENAI_API_KEY': 'set' });
    expect(await found({ env: { OPENAI_API_KEY: '' }, files })).toEqual({
      'env:OPENAI_API_KEY': `key-of${names[last]}`,
    });
  });

  it('are those of the option, else of NODE_ENV, else of development', async () => {
    const texts = ['staging', 'production', 'development'].map((name) => [`.env.${name}`, `OPENAI_API_KEY=${name}`]);
    const directory = folder(Object.fromEntries(texts));
    const value = async (env: Record<string, string>, environment?: string): Promise<string | undefined> =>
      (await found({ env, files: { directory, ...(environment && { environment }) } }))['env:OPENAI_API_KEY'];
    expect(await value({ NODE_ENV: 'production' }, 'staging')).toBe('staging');
    expect(await value({ NODE_ENV: 'production' })).toBe('production');
    expect(await value({})).toBe('development');
    expect(await value({ NODE_ENV: '' })).toBe('development');
  });

  it('are read only by whoever asks for them, and change nothing in the process', async () => {
    const directory = folder({ '.env': 'OPENAI_API_KEY=key\nHOLDFAST_TEST_VARIABLE=1' });
    const before = { ...process.env };
    await found({ files: { directory } });
    expect(process.env).toEqual(before);
    vi.spyOn(process, 'cwd').mockReturnValue(directory);
    expect(() => envKeys({ env: {} })).toThrow('envKeys: expected a key in one of the environment variables');
    expect(() => envKeys({ env: {}, files: false })).toThrow(OptionError);
    vi.restoreAllMocks();
  });

  it('are found in the working directory where none is named', async () => {
    const was = process.cwd();
    vi.spyOn(process, 'cwd').mockReturnValue(was);
    expect(() => envKeys({ env: {}, names: ['HOLDFAST_NO_SUCH_KEY'], files: true })).toThrow('HOLDFAST_NO_SUCH_KEY');
    vi.restoreAllMocks();
  });

  it('hold numbered, listed and admin keys as the environment does', async () => {
    const directory = folder({
      '.env': '\uFEFFOPENAI_API_KEY_2="two" # second\r\nexport OPENAI_API_KEYS=a, b\r\nOPENAI_ADMIN_KEY=\'adm\'\r\n',
      '.env.local': 'OPENAI_API_KEY_10=ten',
    });
    expect(await found({ env: { OPENAI_API_KEY_3: 'three' }, files: { directory } })).toEqual({
      'env:OPENAI_API_KEY_2': 'two',
      'env:OPENAI_API_KEY_3': 'three',
      'env:OPENAI_API_KEY_10': 'ten',
      'env:OPENAI_API_KEYS#1': 'a',
      'env:OPENAI_API_KEYS#2': 'b',
      'env:OPENAI_ADMIN_KEY': 'adm',
    });
  });

  it.each([
    [`A=1\nOPENAI_API_KEY ${canary}\n`, 'line 2, got "47 characters"'],
    [`OPENAI_API_KEY: ${canary}`, 'line 1, got'],
    [`# keys\n\n${canary}\n`, 'line 3, got "32 characters"'],
    [`A="x\ny\n${canary}"\n=${canary}`, 'line 4, got'],
  ])('with the line that is no assignment, in %j, are refused by file and line', (text, place) => {
    const directory = folder({ '.env.local': text });
    const { message } = errorOf({ env: {}, files: { directory } });
    expect(message).toContain(`expected NAME=value, a comment or nothing in ${directory}/.env.local line`);
    expect(message).toContain(place);
  });

  it('with a value that can be no key are refused by variable, file, line and length', () => {
    const directory = folder({ '.env': `A='x\ny'\nOPENAI_API_KEY=old\n\nOPENAI_API_KEY="${canary} ${canary}"\n` });
    expect(errorOf({ env: {}, files: { directory } }).message).toContain(
      `env:OPENAI_API_KEY (${directory}/.env line 5): the credential (65 characters) has whitespace`,
    );
  });

  it('that cannot be read are refused', () => {
    const directory = temporaryFolder();
    mkdirSync(join(directory, '.env'));
    expect(errorOf({ env: {}, files: { directory } }).message).toContain('expected a file that can be read at');
    const large = folder({ '.env': '#'.repeat(1_048_577) });
    expect(errorOf({ env: {}, files: { directory: large } }).message).toContain('at most 1048576 characters');
  });

  it.each<[object, string]>([
    [{ files: 'yes' }, 'envKeys.files: expected true, false or an object of options'],
    [{ files: { dir: '.' } }, 'envKeys.files.dir: expected one of directory, environment'],
    [{ files: { environment: '../secrets' } }, 'envKeys.files.environment: expected a name of letters'],
    [{ files: {}, env: { NODE_ENV: 'a/b' } }, 'envKeys.files.environment'],
    [{ files: { environment: canary.repeat(3) } }, 'envKeys.files.environment'],
    [{ allowReadable: 1 }, 'envKeys.allowReadable'],
  ])('%j is refused by name', (options, sentence) => {
    expect(errorOf({ env: {}, ...options }).message).toContain(sentence);
  });

  it('law: every variable is found on its line, and the first line that is none of anything on its own', () => {
    const value = fc.stringMatching(/^[\w $=.-]{0,8}$/);
    const quoted = fc
      .tuple(fc.constantFrom('"', "'", '`'), fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([quote, lines]) => `${quote}${lines.join('\n')}${quote}`);
    const variable = fc
      .tuple(fc.constantFrom('', ' ', 'export '), fc.constantFrom('A', 'B', 'C1', 'D_E'), fc.oneof(value, quoted))
      .map(([before, name, text]) => ({ name, text: `${before}${name}=${text}` }));
    const other = fc.constantFrom('', '  ', '# A=1', '#"').map((text) => ({ name: undefined, text }));
    const law = fc.property(fc.array(fc.oneof(variable, other), { maxLength: 8 }), fc.boolean(), (parts, hasJunk) => {
      const lines = new Map<string, number>();
      let next = 1;
      for (const { name, text } of parts) {
        if (name !== undefined) lines.set(name, next);
        next += text.split('\n').length;
      }
      const text = [...parts.map((part) => part.text), ...(hasJunk ? ['A key'] : [])].join('\n');
      for (const [name, line] of lines) expect(lineOf(text, name)).toBe(line);
      expect(malformedLine(text)).toEqual(hasJunk ? { number: next, length: 5 } : undefined);
    });
    fc.assert(law, { numRuns: 500 });
  });
});

describe('a variable that names a file', () => {
  const key = (text: string, mode = 0o600): string => {
    const path = join(folder({ key: text }), 'key');
    chmodSync(path, mode);
    return path;
  };

  it('stands for the key in it, and that can be replaced', async () => {
    const path = key('key\n');
    const env = { OPENAI_API_KEY_FILE: path, OPENAI_API_KEY_2_FILE: key('two'), OPENAI_ADMIN_KEY_FILE: key('adm') };
    expect(await found({ env })).toEqual({
      'env:OPENAI_API_KEY_FILE': 'key',
      'env:OPENAI_API_KEY_2_FILE': 'two',
      'env:OPENAI_ADMIN_KEY_FILE': 'adm',
    });
    const [source] = envKeys({ env }).sources;
    expect(source?.kind).toBe('token');
    expect(source?.watch).toBeTypeOf('function');
    writeFileSync(path, 'new');
    expect((await valueOf(source?.read(asked()) ?? ''))[0]).toBe('new');
  });

  it('is found for names that are given, and may be named itself', async () => {
    const env = { SEARCH_KEY_FILE: key('key') };
    expect(await found({ env, names: ['SEARCH_KEY'] })).toEqual({ 'env:SEARCH_KEY_FILE': 'key' });
    expect(await found({ env, names: ['SEARCH_KEY_FILE'] })).toEqual({ 'env:SEARCH_KEY_FILE': 'key' });
  });

  it('and its key beside it leave open which one counts', () => {
    expect(errorOf({ env: { OPENAI_API_KEY: canary, OPENAI_API_KEY_FILE: '/run/secrets/a' } }).message).toBe(
      'envKeys: expected either OPENAI_API_KEY or OPENAI_API_KEY_FILE, got "both"',
    );
  });

  it('wins over the key of a file before it, and the other way round', async () => {
    const directory = folder({
      '.env': `OPENAI_API_KEY=in-env\nOPENAI_API_KEY_2_FILE=/nowhere`,
      '.env.local': 'OPENAI_API_KEY_2=two',
    });
    expect(await found({ env: { OPENAI_API_KEY_FILE: key('in-file') }, files: { directory } })).toEqual({
      'env:OPENAI_API_KEY_FILE': 'in-file',
      'env:OPENAI_API_KEY_2': 'two',
    });
  });

  it('with a key in place of a path is refused, and not quoted', () => {
    expect(errorOf({ env: { OPENAI_API_KEY_FILE: canary } }).message).toContain('fileKey.path');
    expect(errorOf({ env: { OPENAI_API_KEYS_FILE: '/run/secrets/keys' } }).message).toContain('one key per file');
  });

  it.skipIf(process.platform === 'win32')('may be readable by others only where that is allowed', async () => {
    const env = { OPENAI_API_KEY_FILE: key('key', 0o644) };
    await expect(found({ env })).rejects.toThrow('mode 0644');
    expect(await found({ env, allowReadable: true })).toEqual({ 'env:OPENAI_API_KEY_FILE': 'key' });
  });
});
