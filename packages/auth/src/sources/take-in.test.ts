import { Secret } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canary, everything, expectNoCanary } from '../../test/canary.ts';
import { CredentialError } from '../credential-error.ts';
import { askStore } from './ask-store.ts';
import { sourceId } from './source-id.ts';
import { traitsOf } from './source-failure.ts';
import { takeIn, takeInField } from './take-in.ts';
import { tokenDocument } from './token-document.ts';

/** Texts and values with a key somewhere in them, whole or spoilt. */
const spoilt = fc.oneof(
  fc.tuple(fc.string(), fc.string()).map(([before, after]) => before + canary + after),
  fc.json().map((text) => text.slice(0, -1) + canary),
  fc.dictionary(
    fc.constantFrom('token', 'expires_at', 'version', 'value'),
    fc.oneof(fc.constant(canary), fc.anything()),
  ),
  fc.anything(),
);

/** What `take` gives or throws; one of our own errors, that quotes nothing. */
function outcome<T>(take: () => T): T | undefined {
  try {
    return take();
  } catch (error) {
    expect(error).toBeInstanceOf(CredentialError);
    expectNoCanary(error);
    return undefined;
  }
}

describe('what a source found', () => {
  it('law: is printable ASCII that is no JSON, or refused without being quoted', () => {
    const law = fc.property(spoilt, (value) => {
      const taken = outcome(() => takeIn('test', value));
      if (taken === undefined) return;
      expect(taken).toBeInstanceOf(Secret);
      expect(taken.reveal()).toMatch(/^[\x21-\x7e]+$/);
      expect(taken.reveal()).not.toMatch(/^[{["]/);
      expect(everything(taken)).not.toContain(taken.reveal().length > 8 ? taken.reveal() : '\0');
    });
    fc.assert(law, { numRuns: 500 });
  });

  it('law: is taken out of a document, or refused without being quoted', () => {
    const text = fc.oneof(
      spoilt,
      spoilt.map((value) => JSON.stringify(value) ?? ''),
    );
    const law = fc.property(text, fc.constantFrom('value', '__proto__', 'toString'), (value, field) => {
      const end = outcome(() => tokenDocument('test', value as string, 1))?.expiresAtMs;
      expect(end === undefined || Number.isFinite(end)).toBe(true);
      outcome(() => takeInField('test', value, field));
    });
    fc.assert(law, { numRuns: 500 });
  });

  it('that is a secret already is taken as it is', () => {
    const secret = Secret.from('key', 'test');
    expect(takeInField('test', secret, 'field')).toBe(secret);
  });
});

describe('what a library threw', () => {
  it('law: is told by class, known code and status, and quotes nothing', async () => {
    const thrown = fc.record({
      name: fc.oneof(spoilt, fc.constant('AccessDeniedException')),
      code: fc.oneof(spoilt, fc.constant('ECONNRESET')),
      message: spoilt,
      statusCode: fc.oneof(spoilt, fc.integer()),
      cause: fc.oneof(spoilt, fc.record({ code: spoilt })),
    });
    const law = fc.asyncProperty(fc.oneof(thrown, spoilt), async (value) => {
      const { signal } = new AbortController();
      const error: unknown = await askStore('test', signal, () => Promise.reject(value)).catch((told: unknown) => told);
      expect(error).toBeInstanceOf(CredentialError);
      expectNoCanary(error);
    });
    await fc.assert(law, { numRuns: 300 });
  });

  it.each([
    [
      Object.assign(new Error('x'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }),
      ' (AccessDeniedException, 400)',
    ],
    [new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }), ' (ECONNREFUSED)'],
    [Object.assign(new Error('x'), { code: 'MINE' }), ''],
    ['text', ''],
    [null, ''],
  ])('%s is told as "%s"', (error, told) => {
    expect(traitsOf(error)).toBe(told);
  });
});

it('a source is named after its place, with what looks like a key told by its length', () => {
  expect(sourceId('aws', 'prod/openai', 'api_key')).toBe('aws:prod/openai#api_key');
  expect(sourceId('aws', `prod/${canary}`, canary)).toBe(
    'aws:prod/(a name of 32 characters)#(a name of 32 characters)',
  );
});
