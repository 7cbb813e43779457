import { checkOptions, OptionError, Secret } from '@holdfast/core';
import { KeySource } from './key-source.ts';
import type { CredentialSet } from './source.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where {@link envKeys} looks. */
export interface EnvKeysOptions {
  /**
   * Variables to read, exactly these. Then no admin key is looked for.
   * @defaultValue `OPENAI_API_KEY`, `OPENAI_API_KEY_1`, `_2`, … and `OPENAI_API_KEYS`; for admin operations
   *   `OPENAI_ADMIN_KEY`
   */
  readonly names?: readonly string[];
  /** @defaultValue `process.env`, or nothing where there is none */
  readonly env?: Environment;
}

const standard = 'OPENAI_API_KEY';
const numbered = /^OPENAI_API_KEY_(\d+)$/;
const list = 'OPENAI_API_KEYS';
const adminName = 'OPENAI_ADMIN_KEY';

/**
 * The keys of the environment, as a pool. A variable may hold several, separated by commas; empty ones
 * count as not set. They are read here and now: a later change of the environment changes nothing.
 *
 * @throws OptionError naming the variables when none of them is set; TypeError naming the variable
 *   and the length of a value that can be no key.
 */
export function envKeys(options: EnvKeysOptions = {}): CredentialSet {
  checkOptions('envKeys', options, {
    names: { expected: 'a list of at least one variable name', holds: isNames },
    env: { expected: 'an object of variables', holds: (value) => typeof value === 'object' && value !== null },
  });
  const { names, env = processEnv() } = options;
  const sources = (names ?? standardNames(env)).flatMap((name) => keysOf(env, name));
  if (sources.length === 0) {
    const looked = names?.join(', ') ?? `${standard}, ${standard}_1 (and further numbers), ${list}`;
    throw new OptionError('envKeys', `a key in one of the environment variables ${looked}`, undefined);
  }
  return names === undefined ? { sources, admin: keysOf(env, adminName) } : { sources };
}

/** A key put here by mistake is no name, and must not end up among the names of an error. */
const isNames = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((name) => typeof name === 'string' && /^[A-Z_]\w*$/i.test(name));

/** Not every runtime has a `process`. */
const processEnv = (): Environment => (globalThis as { process?: { env?: Environment } }).process?.env ?? {};

function standardNames(env: Environment): string[] {
  const numbers = Object.keys(env).flatMap((name) => numbered.exec(name)?.[1] ?? []);
  const inOrder = numbers.toSorted((a, b) => Number(a) - Number(b));
  return [standard, ...inOrder.map((number) => `${standard}_${number}`), list];
}

/** A comma can be part of no bearer token (RFC 6750, section 2.1), so it always separates. */
function keysOf(env: Environment, name: string): KeySource[] {
  const values = (env[name] ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  return values.map((value, index) => {
    const id = values.length === 1 ? `env:${name}` : `env:${name}#${index + 1}`;
    return new KeySource(id, Secret.from(value, id));
  });
}
