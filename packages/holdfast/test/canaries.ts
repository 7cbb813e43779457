import { randomBytes } from 'node:crypto';
import { format, inspect } from 'node:util';
import { expect } from 'vitest';

/** Secrets that can be found again wherever they leak, by the slot that they were put into. */
export class Canaries {
  readonly #bySlot = new Map<string, string>();
  #sunk: { readonly sink: string; readonly text: string }[] = [];

  /** The secret of a slot: the same each time, and like no other. */
  of(slot: string): string {
    let canary = this.#bySlot.get(slot);
    if (canary === undefined) {
      canary = `sk-${randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
      this.#bySlot.set(slot, canary);
    }
    return canary;
  }

  /** Keeps everything that a sink shows of `values`, however it is printed. */
  sink(sink: string, ...values: readonly unknown[]): void {
    for (const value of values) this.#sunk.push({ sink, text: printed(value) });
  }

  /** Looks for any eight characters in a row of any secret in everything that has sunk since it was last looked for. */
  expectNoneSunk(): void {
    const sunk = this.#sunk;
    this.#sunk = [];
    expect(sunk.length).toBeGreaterThan(0);
    const leaks: string[] = [];
    for (const [slot, canary] of this.#bySlot)
      for (let at = 3; at + 8 <= canary.length; at++) {
        const part = canary.slice(at, at + 8);
        const found = sunk.find(({ text }) => text.includes(part));
        if (found !== undefined) leaks.push(`the secret of ${slot} in ${found.sink}`);
      }
    expect([...new Set(leaks)]).toEqual([]);
  }
}

/** As people and loggers print it: inspected with everything that it hides, as JSON, and by `%s`. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: true }), format('%s %o', value, value)];
  if (value instanceof Error) parts.push(value.stack ?? '', printed(value.cause ?? ''));
  try {
    parts.push(JSON.stringify(value));
  } catch {
    // What refers to itself has no JSON.
  }
  return parts.join('\n');
}
