import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { OptionError } from '@holdfast/core';
import type { Environment } from './env-keys.ts';
import { lineOf, malformedLine } from './env-lines.ts';
import { defaults } from './options.ts';
import { traitsOf } from './source-failure.ts';

/** Which `.env` files are read. */
export interface EnvFilesOptions {
  /**
   * Folder of the files.
   * @defaultValue the working directory
   */
  readonly directory?: string;
  /**
   * Name of the environment, such as `production`.
   * @defaultValue `NODE_ENV`, or `development` where that is not set
   */
  readonly environment?: string;
}

/** Variables that stand together, and where each of them stands. */
export interface EnvLayer {
  readonly values: Environment;
  /** File and line of a variable; `undefined` for those of the process. */
  readonly placeOf: (name: string) => string | undefined;
}

/**
 * The variables of `.env`, `.env.local`, `.env.{environment}` and `.env.{environment}.local`, in this order: later ones
 * win. Files that do not exist are left out. Nothing is written into `process.env`.
 *
 * @throws OptionError for a file that cannot be read or has a line that is no `NAME=value`, naming file and line.
 */
export function envFileLayers({ directory, environment }: EnvFilesOptions, env: Environment): EnvLayer[] {
  const folder = directory ?? defaults.envFiles.directory;
  const name = environment ?? (env['NODE_ENV'] || defaults.envFiles.environment);
  if (!/^[\w-]{1,64}$/.test(name))
    throw new OptionError('envKeys.files.environment', 'a name of letters, digits, - and _', name);
  return ['.env', '.env.local', `.env.${name}`, `.env.${name}.local`].flatMap((file) => layerOf(join(folder, file)));
}

function layerOf(path: string): EnvLayer[] {
  const text = textOf(path);
  if (text === undefined) return [];
  const line = malformedLine(text);
  if (line !== undefined)
    throw new OptionError(
      'envKeys.files',
      `NAME=value, a comment or nothing in ${path} line ${line.number}`,
      `${line.length} characters`,
    );
  return [{ values: parseEnv(text), placeOf: (name) => `${path} line ${lineOf(text, name)}` }];
}

function textOf(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw new OptionError('envKeys.files', `a file that can be read at ${path}`, `an error${traitsOf(error)}`);
  }
  const { maxBytes } = defaults.envFiles;
  if (text.length > maxBytes)
    throw new OptionError('envKeys.files', `at most ${maxBytes} characters in ${path}`, text.length);
  // Some editors begin a file with a mark, which would become part of the first name.
  return text.replace(/^\uFEFF/, '');
}
