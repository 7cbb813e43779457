import { safeName } from '@holdfast/core';
import type { z } from 'zod';

/** One thing that is wrong with a services file. */
export interface ServicesIssue {
  /** Where, e.g. `services.checkout.retry.maxRetries`. */
  readonly path: string;
  /** 1-based line in the file, where it is known. */
  readonly line: number | undefined;
  /** What was expected there. */
  readonly rule: string;
  /** What stands there, shortened; only its kind where it may be a secret. */
  readonly value: string;
}

/** A services file that cannot be used. Lists everything that is wrong with it. */
export class ServicesError extends Error {
  readonly code = 'invalid_services_file';
  readonly file: string;
  readonly issues: readonly ServicesIssue[];

  constructor(file: string, issues: readonly ServicesIssue[], options?: ErrorOptions) {
    const lines = issues.map(({ path, line, rule, value }) => {
      const where = line === undefined ? file : `${file}:${line}`;
      return `${where}: ${path === '' ? 'the file' : path}: expected ${rule}, got ${value}`;
    });
    super(lines.join('\n'), options);
    this.name = 'ServicesError';
    this.file = file;
    this.issues = issues;
  }
}

type Path = readonly PropertyKey[];

/** Says in our words what zod found. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  knownKeys: (path: Path) => readonly string[],
  lineOf: (path: Path) => number | undefined,
): ServicesIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const known = knownKeys(issue.path);
      return { path: dotted(path), line: lineOf(path), rule: oneOf(known, key), value: unknownKey(key) };
    });
  const value = valueAt(root, issue.path);
  const within = issuesWithin(issue);
  if (within.length > 0) return within.flatMap((inner) => describeIssue(inner, root, knownKeys, lineOf));
  const rule = issue.message.replace(/^(?:Invalid input|Too small|Too big)(?:: )?/, '').replace(/^expected /, '');
  return [
    {
      path: dotted(issue.path),
      line: lineOf(issue.path),
      rule: rule || 'something else',
      value: printed(value, issue.path),
    },
  ];
}

/** Of a choice between kinds of value: what is wrong inside the kind that was meant. */
function issuesWithin(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [];
  const meant = issue.errors.find((inner) =>
    inner.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return (meant ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function oneOf(known: readonly string[], key: string): string {
  const nearest = known.find((name) => distance(name, key) <= 2);
  const list = `one of ${known.join(', ')}`;
  return nearest === undefined ? list : `${list} (did you mean ${nearest}?)`;
}

const dotted = (path: Path): string => path.map((key) => safeName(String(key))).join('.');

/** A credential may have been written in place of a name, too. */
const unknownKey = (key: string): string =>
  safeName(key) === key ? `the unknown key "${key}"` : `an unknown key of ${key.length} characters`;

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

/** Credentials may have been written here by mistake, so of those only the kind is told. */
function printed(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  const maySecret = path.includes('auth') || path.includes('endpoints');
  if (typeof value === 'string' && (maySecret || safeName(value) !== value))
    return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  return JSON.stringify(value).slice(0, 60);
}

/** How many letters have to change to make `b` of `a`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
