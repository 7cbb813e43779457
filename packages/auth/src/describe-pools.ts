import type { ResolvedAuthOptions } from './options.ts';
import type { Pool } from './pool.ts';

/** The credentials by id and kind, and what became of them; never a secret. */
export function describePools({ ordinary, admin, origins }: ResolvedAuthOptions): string {
  const parts = [ordinary === undefined ? "the client's own credential" : listed(ordinary)];
  if (admin !== undefined) parts.push(`admin operations: ${listed(admin)}`);
  if (origins !== undefined) parts.push(`only to ${origins.join(', ')}`);
  return parts.join('; ');
}

const listed = (pool: Pool): string =>
  pool.members
    .map((member) => `${member.id} (${member.kind}${pool.isQuarantined(member) ? ', quarantined' : ''})`)
    .join(', ');
