import { format, inspect } from 'node:util';
import { expect } from 'vitest';
import { CredentialError } from '../src/index.ts';
import type { CredentialSource, ExpiringValue, SourceContext, SourceValue } from '../src/source.ts';
import { Secret } from '@holdfast/core';

/** What looks like a key and can be found again wherever any part of it leaks. */
export const canary = 'sk-Zq7Xv9Lw3Rt5Yp1Mn8KbJc4Hd6Gf2';

/** Everything that anybody prints of a value. */
export const everything = (value: unknown): string => {
  const { stack, cause } = (value ?? {}) as { stack?: unknown; cause?: unknown };
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: true }), JSON.stringify(value), String(value)];
  return [...parts, format('%s %j %o', value, value, value), String(stack), inspect(cause)].join('\n');
};

/** No eight characters of the canary are anywhere in it. */
export function expectNoCanary(value: unknown): void {
  const text = everything(value);
  for (let start = 0; start + 8 <= canary.length; start++) expect(text).not.toContain(canary.slice(start, start + 8));
}

/** A question that nobody gives up. */
export const asked = (rejected?: string): SourceContext => {
  const { signal } = new AbortController();
  return rejected === undefined ? { signal } : { signal, rejected: Secret.from(rejected, 'test') };
};

/** The value that came, revealed, and its end. */
export async function valueOf(answer: SourceValue | Promise<SourceValue>): Promise<[string, number | undefined]> {
  const given = await answer;
  const { value, expiresAtMs }: ExpiringValue =
    typeof given === 'string' || given instanceof Secret ? { value: given } : given;
  return [typeof value === 'string' ? value : value.reveal(), expiresAtMs];
}

/** The message of the error that reading throws: one of ours, with no canary in it, nor in the source. */
export async function failureOf(source: CredentialSource, context: SourceContext = asked()): Promise<string> {
  const error = await Promise.resolve()
    .then(() => source.read(context))
    .then(
      () => new Error('it gave a value'),
      (thrown: unknown) => thrown,
    );
  expectNoCanary(error);
  expectNoCanary(source);
  expect((error as Error).message).toContain(source.id);
  expect(error).toBeInstanceOf(CredentialError);
  expect((error as Error).cause).toBeUndefined();
  return (error as Error).message;
}

/** Ends a question that hangs, and expects that it ends with the reason and at once. */
export async function expectAbort(source: CredentialSource, ready: () => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const answer = Promise.resolve(source.read({ signal: controller.signal }));
  answer.catch(() => undefined);
  await ready();
  const reason = new Error('no longer wanted');
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
  await expect((async () => source.read({ signal: controller.signal }))()).rejects.toBe(reason);
}
