import { Secret } from '@holdfast/core';
import type { TokenRecord } from './token-store.ts';

const states: readonly unknown[] = ['active', 'refreshing', 'reauth_required'];

/** A record as it is encrypted. Its generation stands outside, where it is authenticated. */
export function bytesOfRecord({ accessToken, refreshToken, expiresAtMs, scope, state }: TokenRecord): Buffer {
  return Buffer.from(
    JSON.stringify({
      accessToken: accessToken.reveal(),
      refreshToken: refreshToken?.reveal(),
      expiresAtMs,
      scope,
      state,
    }),
  );
}

/** `undefined` for what is no record. */
export function recordOfBytes(bytes: Uint8Array, generation: number): TokenRecord | undefined {
  try {
    const { accessToken, refreshToken, ...rest } = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
    const record = {
      accessToken: Secret.from(accessToken as string, 'a kept access token'),
      refreshToken:
        refreshToken === undefined ? undefined : Secret.from(refreshToken as string, 'a kept refresh token'),
      expiresAtMs: rest['expiresAtMs'] as number | undefined,
      scope: rest['scope'] as string | undefined,
      state: rest['state'] as TokenRecord['state'],
      generation,
    };
    return problemOf(record) === undefined ? record : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a record, in words that hold none of its values. */
export function problemOf(record: TokenRecord): string | undefined {
  const { accessToken, refreshToken, expiresAtMs, scope, state, generation } = record;
  if (!(accessToken instanceof Secret)) return 'accessToken is no Secret';
  if (refreshToken !== undefined && !(refreshToken instanceof Secret)) return 'refreshToken is no Secret';
  if (expiresAtMs !== undefined && !Number.isFinite(expiresAtMs)) return 'expiresAtMs is no time';
  if (scope !== undefined && typeof scope !== 'string') return 'scope is no text';
  if (!states.includes(state)) return `state is none of ${states.join(', ')}`;
  if (!Number.isSafeInteger(generation) || generation < 1) return 'generation is no whole number from 1';
  return undefined;
}
