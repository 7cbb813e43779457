/** What a circuit is kept for, as far as its key tells. */
export interface CircuitName {
  readonly kind: 'target' | 'endpoint' | 'credential';
  readonly origin: string;
  readonly model?: string;
  readonly operation?: string;
}

/**
 * Reads the key of a circuit: `https://api.openai.com gpt-5 chat`, `https://api.openai.com *` or that of a credential,
 * whose name stays behind. `undefined` for a key that somebody made up.
 */
export function circuitNameOf(key: string): CircuitName | undefined {
  const [, origin, rest] = /^(https?:\/\/[^\s/]+) (.+)$/s.exec(key) ?? [];
  if (origin === undefined || rest === undefined) return undefined;
  if (rest === '*') return { kind: 'endpoint', origin };
  if (rest.startsWith('credential:')) return { kind: 'credential', origin };
  const [, model, operation] = /^(.+) ([a-z]+)$/s.exec(rest) ?? [];
  if (model === undefined || operation === undefined) return undefined;
  return { kind: 'target', origin, operation, ...(model !== '*' && { model }) };
}
