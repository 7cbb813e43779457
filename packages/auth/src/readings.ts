import type { Context, Reading } from '@holdfast/core';
import type { Pools } from './pool/pools.ts';

/**
 * How credentials stand: `auth.credential.time_to_expiry`, in milliseconds, of each whose end is known. Those of
 * tenants are passed over, as their ids name them.
 */
export function* readingsOf({ ordinary, admin }: Pools, { clock }: Context): Generator<Reading> {
  for (const { id, cache } of [...(ordinary?.members ?? []), ...(admin?.members ?? [])]) {
    const value = cache.expiresAtMs - clock.now();
    if (Number.isFinite(value)) yield { name: 'auth.credential.time_to_expiry', value, attributes: { credential: id } };
  }
}
