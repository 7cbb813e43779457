import type { MetricAttribute } from './attribute-keys.ts';
import { other } from './names.ts';

/** Attributes that layers tell in readings and events, and every value that they can have. */
const words: Readonly<Partial<Record<MetricAttribute, ReadonlySet<string>>>> = {
  circuitState: new Set(['closed', 'open', 'half_open', 'isolated']),
  circuitFrom: new Set(['closed', 'open', 'half_open', 'isolated']),
  circuitKind: new Set(['target', 'endpoint', 'credential']),
  limitKind: new Set(['requests', 'tokens', 'project_tokens']),
  refreshTrigger: new Set(['rejected', 'ending', 'changed', 'asked']),
  auditClass: new Set(['call', 'security']),
  result: new Set(['renewed', 'unchanged', 'failed', 'written', 'dropped']),
};

/** A value that is one of a few; `_OTHER` for any other, and `undefined` for an attribute that is a name. */
export function wordOf(attribute: MetricAttribute, value: string): string | undefined {
  const known = words[attribute];
  if (known === undefined) return undefined;
  return known.has(value) ? value : other;
}

/** What decisions and refusals are called: one word of small letters. */
export const isWord = (value: string): boolean => /^[a-z]+(?:_[a-z]+)*$/.test(value);
