import type { Pool } from './pool.ts';

/** Why no credential is left, by name: what was rejected before, which source failed now. */
export function exhaustedMessage(pool: Pool, failures: readonly string[]): string {
  const dead = pool.members.filter((member) => pool.isQuarantined(member)).map(({ id }) => id);
  const parts = [...failures];
  if (dead.length > 0) parts.push(`${dead.join(', ')} rejected upstream before and used no more`);
  const until = failures.length > 0 ? 'The next call asks again.' : 'Replace the keys and start anew.';
  return `No usable credential: ${parts.join('; ')}. ${until}`;
}
