import { OptionError, Secret } from '@holdfast/core';
import { CachedCredential } from './cached-credential.ts';
import { functionSource } from './function-source.ts';
import { KeySource } from './key-source.ts';
import { Pool } from './pool.ts';
import type { CredentialFunction, CredentialInput, CredentialSet, CredentialSource } from './source.ts';

/** The two pools of a layer: they never lend to each other. */
export interface Pools {
  readonly ordinary: Pool | undefined;
  readonly admin: Pool | undefined;
}

/** What the pools are made of, as it was given. */
export interface GivenCredentials {
  readonly credentials: CredentialInput | undefined;
  readonly admin: CredentialInput | undefined;
}

/** @throws OptionError for what is no credential; TypeError for a value that can be no key. */
export function poolsOf(given: GivenCredentials, timeoutMs: number): Pools {
  const pool = (option: string, sources: readonly CredentialSource[], isAdmin: boolean): Pool => {
    const once = unique(option, sources);
    return new Pool(once.map((source) => new CachedCredential(source, { isAdmin, timeoutMs })));
  };
  const ordinary = given.credentials === undefined ? undefined : listOf(given.credentials);
  const found = ordinary?.flatMap((entry) => (isSet(entry) ? (entry.admin ?? []) : [])) ?? [];
  return {
    ordinary: ordinary && pool('auth.credentials', sourcesOf('auth.credentials', ordinary, ''), false),
    admin:
      given.admin !== undefined
        ? pool('auth.admin', sourcesOf('auth.admin', listOf(given.admin).flatMap(adminPart), 'admin:'), true)
        : found.length > 0
          ? pool('auth.admin', found, true)
          : undefined,
  };
}

const listOf = (input: CredentialInput): readonly unknown[] => (Array.isArray(input) ? input : [input]);

/** Of a set that keeps admin keys apart, `admin` means those, so that `envKeys()` there gives no user key away. */
const adminPart = (entry: unknown): readonly unknown[] => (isSet(entry) ? (entry.admin ?? entry.sources) : [entry]);

function sourcesOf(option: string, entries: readonly unknown[], prefix: string): CredentialSource[] {
  const sources: CredentialSource[] = [];
  for (const entry of entries) {
    const number = sources.length + 1;
    if (typeof entry === 'string') {
      const id = `${prefix}key#${number}`;
      sources.push(new KeySource(id, Secret.from(entry, `${option}: ${id}`)));
    } else if (typeof entry === 'function')
      sources.push(functionSource(`${prefix}function#${number}`, entry as CredentialFunction));
    else if (isSet(entry)) sources.push(...entry.sources);
    else if (isSource(entry)) sources.push(entry);
    else throw new OptionError(option, 'a key, a function, a source such as envKeys(), or a list of those', entry);
  }
  return sources;
}

/** The same key twice would be tried twice when it is dead, so it is taken in once. */
function unique(option: string, sources: readonly CredentialSource[]): CredentialSource[] {
  const once: CredentialSource[] = [];
  for (const source of sources) {
    const isDouble = (other: CredentialSource): boolean =>
      other === source ||
      (other instanceof KeySource && source instanceof KeySource && other.secret.equals(source.secret));
    if (once.some(isDouble)) continue;
    if (once.some(({ id }) => id === source.id))
      throw new OptionError(option, 'sources with an id of their own each', source.id);
    once.push(source);
  }
  if (once.length === 0) throw new OptionError(option, 'at least one credential', sources);
  return once;
}

const isSet = (value: unknown): value is CredentialSet =>
  typeof value === 'object' && value !== null && Array.isArray((value as Partial<CredentialSet>).sources);

function isSource(value: unknown): value is CredentialSource {
  if (typeof value !== 'object' || value === null) return false;
  const { id, kind, read } = value as Partial<CredentialSource>;
  return typeof id === 'string' && id !== '' && (kind === 'key' || kind === 'token') && typeof read === 'function';
}
