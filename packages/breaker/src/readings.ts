import type { CircuitState, Reading } from '@holdfast/core';
import type { DescribedEngine } from './details.ts';

const states: readonly CircuitState[] = ['closed', 'open', 'half_open', 'isolated'];

/**
 * How the circuits stand: `circuit_breaker.status`, 1 for the state that a circuit is in and 0 for each other one, and
 * `circuit_breaker.failure_ratio` of those that are closed. Those whose key was made up by hand are passed over.
 */
export function* readingsOf(engine: DescribedEngine): Generator<Reading> {
  for (const [key, state] of engine.status()) {
    const about = subjectOfKey(key);
    if (about === undefined) continue;
    for (const one of states)
      yield { name: 'circuit_breaker.status', value: one === state ? 1 : 0, attributes: { ...about, state: one } };
    const ratio = engine.failureRatio?.(key);
    if (ratio !== undefined) yield { name: 'circuit_breaker.failure_ratio', value: ratio, attributes: about };
  }
}

/** What a circuit is kept for. Whose credential it is stays behind, as that may be told by a print of it. */
function subjectOfKey(key: string): Readonly<Record<string, string>> | undefined {
  const [, origin, rest] = /^(https?:\/\/[^\s/]+) (.+)$/s.exec(key) ?? [];
  if (origin === undefined || rest === undefined) return undefined;
  if (rest === '*') return { kind: 'endpoint', origin };
  if (rest.startsWith('credential:')) return { kind: 'credential', origin };
  const [, model, operation] = /^(.+) ([a-z]+)$/s.exec(rest) ?? [];
  if (model === undefined || operation === undefined) return undefined;
  return { kind: 'target', origin, ...(model !== '*' && { model }), operation };
}
