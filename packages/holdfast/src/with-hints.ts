import { AsyncLocalStorage } from 'node:async_hooks';
import { checkHints, type Hints } from '@holdfast/core';

const scopes = new AsyncLocalStorage<Hints>();

/**
 * Runs `body` in a scope whose hints every call inside carries, however deep and however
 * asynchronous: `withHints({ tenant: 'acme', deadlineMs: 5000 }, () => handle(request))`.
 * Scopes nest; the inner one wins hint by hint, and hints on the call itself win over both.
 *
 * @throws TypeError naming the hint, the rule and the value.
 */
export function withHints<T>(values: Hints, body: () => T): T {
  checkHints(values);
  return scopes.run({ ...scopes.getStore(), ...values }, body);
}

/** The hints of the scope that runs now, for `pipeline({ hints: scopeHints })`. */
export function scopeHints(): Hints | undefined {
  return scopes.getStore();
}
