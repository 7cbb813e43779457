import { textPrint, type Call } from '@holdfast/core';

/** For how long an account is remembered, in milliseconds. */
const memoryMs = 60_000;

/** Accounts in one minute that are too many to be one whose key was replaced. */
const tooMany = 8;

/**
 * Tells whether calls of one domain go under several accounts in turn: a layer further in chooses among credentials of
 * several projects or tenants, or several clients share a pipeline. What one account is told says nothing of another.
 */
export class Accounts {
  readonly #seenMs = new Map<string | number, number>();
  #latest: string | number | undefined;
  #severalUntilMs = Number.NEGATIVE_INFINITY;

  /**
   * Whether there were several within the last minute, that of the last attempt of `call` included. A key that replaced
   * another one is the same account.
   */
  areSeveral(call: Call, nowMs: number): boolean {
    const account = accountOf(call);
    if (account !== this.#latest) this.#changed(account, nowMs);
    this.#seenMs.set(account, nowMs);
    return nowMs < this.#severalUntilMs;
  }

  #changed(account: string | number, nowMs: number): void {
    for (const [other, atMs] of this.#seenMs) if (nowMs - atMs >= memoryMs) this.#seenMs.delete(other);
    this.#latest = account;
    if (!this.#seenMs.has(account) && this.#seenMs.size < tooMany) return;
    this.#severalUntilMs = nowMs + memoryMs;
    if (this.#seenMs.size >= tooMany) this.#seenMs.clear();
  }
}

/** By what the journey tells of the credential, else by a print of the client's own. */
function accountOf(call: Call): string | number {
  const last = call.journey.entries.findLast((entry) => entry.type === 'attempt');
  return (
    last?.limitDomain ?? last?.credential ?? textPrint(call.header('authorization') ?? call.header('api-key')) ?? ''
  );
}
