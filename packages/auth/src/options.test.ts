import { OptionError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { keyUpstream, service } from '../test/key-upstream.ts';
import { auth, envKeys, type AuthOptions, type CredentialSource } from './index.ts';

const source = (id: string): CredentialSource => ({ id, kind: 'key', read: () => id });

describe('the options of auth', () => {
  it.each<[unknown, string]>([
    [{ credential: 'a' }, 'auth.credential'],
    [{ credentials: 7 }, 'auth.credentials: expected a key, a function, a source such as envKeys()'],
    [{ credentials: [] }, 'auth.credentials: expected at least one credential, got an array of 0'],
    [{ credentials: [source('a'), source('a')] }, 'auth.credentials: expected sources with an id of their own each'],
    [{ admin: null }, 'auth.admin: expected a key'],
    [{ origins: [] }, 'auth.origins: expected a list of at least one origin'],
    [{ origins: ['https://api.openai.com/v1'] }, 'auth.origins[0]: expected an origin'],
    [{ origins: ['https://api.openai.com', 'ftp://x'] }, 'auth.origins[1]'],
    [{ sourceTimeoutMs: 0 }, 'auth.sourceTimeoutMs: expected a duration in milliseconds, above 0, got 0'],
    [{ onRefresh: true }, 'auth.onRefresh: expected a function, got true'],
  ])('%j is refused in the factory, by name', (options, sentence) => {
    expect(() => auth(options as AuthOptions)).toThrow(sentence);
    expect(() => auth(options as AuthOptions)).toThrow(OptionError);
  });

  it.each(['', ' ', 'two words', 'schlüssel', 'a\u0000b'])('a key %j can be none, and is not quoted', (key) => {
    expect(() => auth({ credentials: ['good', key] })).toThrow(/^auth\.credentials: key#2: the credential/);
  });

  it('a key that is given twice is tried once', async () => {
    const upstream = keyUpstream('dead');
    const { call } = service(upstream.fetch, { credentials: ['dead', 'dead\n', 'good'] });
    await call();
    expect(upstream.seen).toEqual(['dead', 'good']);
  });

  it('a key of a file keeps no line break', async () => {
    const upstream = keyUpstream();
    await service(upstream.fetch, { credentials: 'from-file\r\n' }).call();
    expect(upstream.seen).toEqual(['from-file']);
  });
});

describe('envKeys', () => {
  const ids = (env: Record<string, string>, names?: string[]): string[] =>
    envKeys({ env, ...(names && { names }) }).sources.map(({ id }) => id);

  it('finds the standard names in order, and several keys in one', () => {
    const env = { OPENAI_API_KEY_10: 'e', OPENAI_API_KEY_2: 'd', OPENAI_API_KEY: 'a, b', OPENAI_API_KEYS: 'f,,g,' };
    expect(ids(env)).toEqual([
      'env:OPENAI_API_KEY#1',
      'env:OPENAI_API_KEY#2',
      'env:OPENAI_API_KEY_2',
      'env:OPENAI_API_KEY_10',
      'env:OPENAI_API_KEYS#1',
      'env:OPENAI_API_KEYS#2',
    ]);
  });

  it('reads the variables that are named, and then no admin key', () => {
    const set = envKeys({
      names: ['SEARCH_KEY'],
      env: { SEARCH_KEY: 'a', OPENAI_API_KEY: 'b', OPENAI_ADMIN_KEY: 'c' },
    });
    expect(set.sources.map(({ id }) => id)).toEqual(['env:SEARCH_KEY']);
    expect(set.admin).toBeUndefined();
  });

  it('takes an empty variable for one that is not set, and names all where it looked', () => {
    expect(() => envKeys({ env: { OPENAI_API_KEY: ' ' } })).toThrow(
      'envKeys: expected a key in one of the environment variables OPENAI_API_KEY, OPENAI_API_KEY_1 (and further numbers), OPENAI_API_KEYS',
    );
    expect(() => envKeys({ names: ['A_KEY', 'B_KEY'], env: {} })).toThrow('A_KEY, B_KEY');
  });
});
