import { OptionError, rules, Secret } from '@holdfast/core';
import { CachedCredential } from '../value/cached-credential.ts';
import { functionSource } from '../sources/function-source.ts';
import { KeySource } from '../sources/key-source.ts';
import { LimitDomain } from './limit-domain.ts';
import { Member } from './member.ts';
import type { PoolMeans, RefreshMeans } from '../options.ts';
import { Pool } from './pool.ts';
import type {
  CredentialEntry,
  CredentialFunction,
  CredentialInput,
  CredentialSet,
  CredentialSource,
} from '../source.ts';

/** What a pool is made from. */
export interface PoolGiven {
  /** Name of the option, for errors. */
  readonly option: string;
  readonly input: CredentialInput;
  /** Goes before the ids of its members. */
  readonly prefix: string;
  readonly isAdmin: boolean;
  readonly stateProject?: string | undefined;
  readonly refresh: RefreshMeans;
  readonly pool: PoolMeans;
}

/** A source, and what was said about it. */
interface Named extends Omit<CredentialEntry, 'credential'> {
  readonly source: CredentialSource;
}

/** @throws OptionError for what is no credential; TypeError for a value that can be no key. */
export function poolOf(given: PoolGiven): Pool {
  const { option, input, prefix, isAdmin, stateProject } = given;
  const named = unique(option, listOf(input).flatMap(sourcesWith(option, isAdmin)));
  const domains = new Map<string, LimitDomain>();
  const domainOf = (name: string, weight: number): LimitDomain => {
    const domain = domains.get(name) ?? new LimitDomain(name, weight);
    domains.set(name, domain);
    return domain;
  };
  const members = named.map(({ source, project, limitDomain = project, weight = 1 }) => {
    const id = prefix + source.id;
    const kind = isAdmin ? 'admin' : source.kind;
    // Who shares with nobody has a domain of the same name as itself, which nobody else can say.
    const domain = limitDomain === undefined ? new LimitDomain(id, weight) : domainOf(prefix + limitDomain, weight);
    domain.size++;
    return new Member({ id, kind, project }, new CachedCredential(id, source, given.refresh), domain);
  });
  if (stateProject !== undefined && named.every(({ project }) => project !== stateProject))
    throw new OptionError('auth.stateProject', 'the project of one of the credentials', stateProject);
  return new Pool(members, given.pool, stateProject);
}

/** The admin keys that sets among ordinary credentials keep apart; `undefined` if there are none. */
export function adminOf(input: CredentialInput | undefined): CredentialInput | undefined {
  if (input === undefined) return undefined;
  const found = listOf(input).flatMap((given) => {
    const { credential } = entryOf(given);
    return isSet(credential) ? (credential.admin ?? []) : [];
  });
  return found.length > 0 ? found : undefined;
}

const listOf = (input: CredentialInput): readonly unknown[] => (Array.isArray(input) ? input : [input]);

const entryOf = (given: unknown): { readonly credential: unknown } & Omit<CredentialEntry, 'credential'> =>
  typeof given === 'object' && given !== null && Object.hasOwn(given, 'credential')
    ? (given as CredentialEntry)
    : { credential: given };

/** Of a set that keeps admin keys apart, an admin pool takes those, so that `envKeys()` there gives no user key away. */
function sourcesWith(option: string, isAdmin: boolean): (given: unknown) => Named[] {
  let count = 0;
  return (given) => {
    const { credential, ...about } = entryOf(given);
    checkAbout(option, about);
    const from = isSet(credential)
      ? ((isAdmin ? credential.admin : undefined) ?? credential.sources)
      : [sourceOf(option, credential, count + 1)];
    count += from.length;
    return from.map((source) => ({ source, ...about }));
  };
}

function checkAbout(option: string, about: Omit<CredentialEntry, 'credential'>): void {
  const { project, limitDomain, weight, ...others } = about;
  const isName = (value: unknown): boolean => value === undefined || (typeof value === 'string' && value !== '');
  if (!isName(project)) throw new OptionError(`${option}.project`, 'a non-empty string', project);
  if (!isName(limitDomain)) throw new OptionError(`${option}.limitDomain`, 'a non-empty string', limitDomain);
  if (weight !== undefined && !(rules.durationMs.holds(weight) && weight > 0))
    throw new OptionError(`${option}.weight`, 'a number above 0', weight);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new OptionError(option, 'entries of credential, project, limitDomain and weight', unknown);
}

function sourceOf(option: string, credential: unknown, number: number): CredentialSource {
  if (typeof credential === 'string') {
    const id = `key#${number}`;
    return new KeySource(id, Secret.from(credential, `${option}: ${id}`));
  }
  if (typeof credential === 'function') return functionSource(`function#${number}`, credential as CredentialFunction);
  if (isSource(credential)) return credential;
  throw new OptionError(option, 'a key, a function, a source such as envKeys(), or a list of those', credential);
}

/** The same key twice would be tried twice when it is dead, so it is taken in once. */
function unique(option: string, named: readonly Named[]): Named[] {
  const once: Named[] = [];
  for (const one of named) {
    const { source } = one;
    const isDouble = ({ source: other }: Named): boolean =>
      other === source ||
      (other instanceof KeySource && source instanceof KeySource && other.secret.equals(source.secret));
    if (once.some(isDouble)) continue;
    if (once.some(({ source: { id } }) => id === source.id))
      throw new OptionError(option, 'sources with an id of their own each', source.id);
    once.push(one);
  }
  if (once.length === 0) throw new OptionError(option, 'at least one credential', named);
  return once;
}

const isSet = (value: unknown): value is CredentialSet =>
  typeof value === 'object' && value !== null && Array.isArray((value as Partial<CredentialSet>).sources);

function isSource(value: unknown): value is CredentialSource {
  if (typeof value !== 'object' || value === null) return false;
  const { id, kind, read } = value as Partial<CredentialSource>;
  return typeof id === 'string' && id !== '' && (kind === 'key' || kind === 'token') && typeof read === 'function';
}
