import { randomBytes } from 'node:crypto';
import { inspect, format } from 'node:util';
import { Secret } from '@holdfast/core';
import type { TokenKey, TokenRecord } from '../src/store/token-store.ts';

/** A key, changed in what matters to a test. */
export const keyOf = (changes: Partial<TokenKey> = {}): TokenKey => ({
  issuer: 'https://auth.example',
  clientId: 'app',
  tenant: 'acme',
  subject: 'user-1',
  ...changes,
});

/** A token that can be found again wherever it leaks. */
export const newToken = (): Secret => Secret.from(randomBytes(30).toString('base64url'), 'test');

/** A record with tokens of its own, changed in what matters to a test. */
export const recordOf = (changes: Partial<TokenRecord> = {}): TokenRecord => ({
  accessToken: newToken(),
  refreshToken: newToken(),
  expiresAtMs: Date.UTC(2026, 0, 1) + 3_600_000,
  scope: 'openid offline_access',
  state: 'active',
  generation: 1,
  ...changes,
});

/** Every way in which something is printed. */
export const printed = (value: unknown): string =>
  [inspect(value, { depth: 20, showHidden: true, getters: true }), format('%s %j %o', value, value, value)].join('\n');

/** Whether any eight characters of `secret` stand in `text`. */
export function leaks(text: string, secret: string): boolean {
  for (let start = 0; start + 8 <= secret.length; start++)
    if (text.includes(secret.slice(start, start + 8))) return true;
  return false;
}
