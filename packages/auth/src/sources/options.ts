import { rules, type Rule } from '@holdfast/core';

/** The only place where a default of a source stands. */
export const defaults = {
  file: { maxBytes: 65_536, settleMs: 100, pollMs: 30_000 },
  exec: { timeoutMs: 5000, maxBytes: 65_536, killAfterMs: 1000 },
  vault: {
    engine: 'kv2',
    mount: 'secret',
    field: 'value',
    maxBytes: 262_144,
    appRoleMount: 'approle',
    kubernetesMount: 'kubernetes',
    /** Where Kubernetes puts the token of a pod. */
    jwtPath: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    /** Share of the life of a login after which it is made anew. */
    loginRatio: 0.9,
  },
  gcp: { version: 'latest' },
  entra: { scope: 'https://cognitiveservices.azure.com/.default' },
  envFiles: { directory: '.', environment: 'development', maxBytes: 1_048_576 },
} as const;

/** A key that was put where a name belongs is refused, and not quoted. */
const isName = (value: unknown): boolean =>
  typeof value === 'string' && /^[\x20-\x7e]{1,2048}$/.test(value) && !/^(?:sk-|bearer )/i.test(value);

const isMethodOf = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function';

/** The rules that options of several sources share. */
export interface SourceRules {
  readonly name: Rule;
  readonly durationMs: Rule;
  readonly bytes: Rule;
  readonly clock: Rule;
  readonly having: (method: string) => Rule;
}

export const sourceRules: SourceRules = {
  name: { expected: 'a name in ASCII that is no key', holds: isName },
  durationMs: {
    expected: 'a duration in milliseconds, from 1 to 2147483647',
    holds: (value) => rules.wholeFrom(1).holds(value) && (value as number) < 2 ** 31,
  },
  bytes: rules.wholeFrom(1),
  clock: { expected: 'a clock', holds: (value) => isMethodOf(value, 'setTimer') },
  having: (method) => ({
    expected: `an object with a method ${method}()`,
    holds: (value) => isMethodOf(value, method),
  }),
};
