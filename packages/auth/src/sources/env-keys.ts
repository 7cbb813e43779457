import { checkOptions, OptionError, rules } from '@holdfast/core';
import type { CredentialSet } from '../source.ts';
import { envFileLayers, type EnvFilesOptions, type EnvLayer } from './env-files.ts';
import { keysOf, type EnvLookup } from './env-lookup.ts';

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
  /**
   * Whether `.env`, `.env.local`, `.env.{environment}` and `.env.{environment}.local` are read as well, and where. Later
   * ones win, `env` wins over all of them, and nothing is written into it.
   * @defaultValue false
   */
  readonly files?: boolean | EnvFilesOptions;
  /**
   * Whether files that are named by `OPENAI_API_KEY_FILE` and the like may be allowed to be read or written by others.
   * @defaultValue as {@link fileKey} has it: only where Docker and Kubernetes mount secrets
   */
  readonly allowReadable?: boolean;
}

const standard = 'OPENAI_API_KEY';
const numbered = /^OPENAI_API_KEY_(\d+)(?:_FILE)?$/;
const list = 'OPENAI_API_KEYS';
const adminName = 'OPENAI_ADMIN_KEY';

/**
 * The keys of the environment, as a pool. A variable may hold several, separated by commas; empty ones count as not
 * set. They are read here and now: a later change of the environment changes nothing. For each variable, one that ends
 * in `_FILE` may name a file with one key in its place, which is read when it is needed, and watched.
 *
 * @throws OptionError naming the variables when none of them is set, for a variable that is set both ways, and for a
 *   `.env` file that cannot be read; TypeError naming the variable and the length of a value that can be no key.
 */
export function envKeys(options: EnvKeysOptions = {}): CredentialSet {
  checkOptions('envKeys', options, {
    names: { expected: 'a list of at least one variable name', holds: isNames },
    env: { expected: 'an object of variables', holds: isObject },
    files: {
      expected: 'true, false or an object of options',
      holds: (value) => rules.flag.holds(value) || isObject(value),
    },
    allowReadable: rules.flag,
  });
  const { names, allowReadable } = options;
  const lookup: EnvLookup = { layers: layersOf(options), allowReadable };
  const sources = (names ?? standardNames(lookup)).flatMap((name) => keysOf(lookup, name));
  if (sources.length === 0) {
    const looked = names?.join(', ') ?? `${standard}, ${standard}_1 (and further numbers), ${list}`;
    throw new OptionError('envKeys', `a key in one of the environment variables ${looked}`, undefined);
  }
  return names === undefined ? { sources, admin: keysOf(lookup, adminName) } : { sources };
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** A key put here by mistake is no name, and must not end up among the names of an error. */
const isNames = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((name) => typeof name === 'string' && /^[A-Z_]\w*$/i.test(name));

/** Not every runtime has a `process`. */
const processEnv = (): Environment => (globalThis as { process?: { env?: Environment } }).process?.env ?? {};

function layersOf({ env = processEnv(), files = false }: EnvKeysOptions): EnvLayer[] {
  const process: EnvLayer = { values: env, placeOf: () => undefined };
  if (files === false) return [process];
  const chosen = files === true ? {} : files;
  checkOptions('envKeys.files', chosen, { directory: textRule, environment: textRule });
  return [...envFileLayers(chosen, env), process];
}

const textRule = {
  expected: 'a text that is not empty',
  holds: (value: unknown): boolean => typeof value === 'string' && value !== '',
};

function standardNames({ layers }: EnvLookup): string[] {
  const numbers = layers.flatMap(({ values }) => Object.keys(values)).flatMap((name) => numbered.exec(name)?.[1] ?? []);
  const inOrder = [...new Set(numbers)].toSorted((a, b) => Number(a) - Number(b));
  return [standard, ...inOrder.map((number) => `${standard}_${number}`), list];
}
