import type { Context } from '@holdfast/core';
import type { Pool } from './pool.ts';
import type { Pools } from './pools.ts';

/** The credentials by id and kind, and what became of them; never a secret. */
export function describePools({ ordinary, admin, tenants, options }: Pools, context: Context): string {
  const parts = [ordinary === undefined ? "the client's own credential" : listed(ordinary, context)];
  if (tenants !== undefined) parts.push(`of each tenant its own (${tenants.size} seen)`);
  if (admin !== undefined) parts.push(`admin operations: ${listed(admin, context)}`);
  if (options.origins !== undefined) parts.push(`only to ${options.origins.join(', ')}`);
  return parts.join('; ');
}

const listed = (pool: Pool, context: Context): string =>
  pool.members
    .map((member) => {
      const state = member.state(context);
      return `${member.id} (${member.identity.kind}${state === 'active' ? '' : `, ${state}`})`;
    })
    .join(', ');
