import { OptionError, Secret } from '@holdfast/core';
import { KeySource } from './key-source.ts';
import type { CredentialSource } from '../source.ts';
import type { EnvLayer } from './env-files.ts';
import { fileKey } from './file-key.ts';

/** Ends the name of a variable that holds the path of a file in place of the value. */
const fileEnding = '_FILE';

/** Where variables are looked for. */
export interface EnvLookup {
  /** Later ones win. */
  readonly layers: readonly EnvLayer[];
  readonly allowReadable: boolean | undefined;
}

/**
 * The keys of one variable: in it, separated by commas, or in the file that `NAME_FILE` names. The last layer that has
 * either of the two decides.
 *
 * @throws OptionError for a layer that has both; TypeError naming variable and length of a value that can be no key.
 */
export function keysOf({ layers, allowReadable }: EnvLookup, name: string): CredentialSource[] {
  const isFile = name.endsWith(fileEnding);
  const fileName = isFile ? name : `${name}${fileEnding}`;
  for (const layer of layers.toReversed()) {
    const value = isFile ? '' : valueOf(layer, name);
    const path = valueOf(layer, fileName);
    if (value !== '' && path !== '')
      throw new OptionError('envKeys', `either ${name} or ${fileName}${placed(layer, name)}`, 'both');
    if (path !== '') return [keyFile(fileName, { path, allowReadable })];
    if (value !== '') return keysIn(layer, name, value);
  }
  return [];
}

/** A variable that is empty counts as one that is not set. */
const valueOf = ({ values }: EnvLayer, name: string): string => (values[name] ?? '').trim();

const placed = (layer: EnvLayer, name: string): string => {
  const place = layer.placeOf(name);
  return place === undefined ? '' : ` (${place})`;
};

function keyFile(
  fileName: string,
  { path, allowReadable }: { readonly path: string; readonly allowReadable: boolean | undefined },
): CredentialSource {
  if (fileName === 'OPENAI_API_KEYS_FILE')
    throw new OptionError('envKeys', 'one key per file, as in OPENAI_API_KEY_1_FILE', fileName);
  return fileKey(path, { id: `env:${fileName}`, ...(allowReadable !== undefined && { allowReadable }) });
}

/** A comma can be part of no bearer token (RFC 6750, section 2.1), so it always separates. */
function keysIn(layer: EnvLayer, name: string, text: string): KeySource[] {
  const values = text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  return values.map((value, index) => {
    const id = values.length === 1 ? `env:${name}` : `env:${name}#${index + 1}`;
    return new KeySource(id, Secret.from(value, `${id}${placed(layer, name)}`));
  });
}
