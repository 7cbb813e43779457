import type { Asker } from '../value/asker.ts';
import { CredentialError } from '../credential-error.ts';
import { exhaustion } from './exhausted-message.ts';
import type { Member } from './member.ts';
import type { Pool } from './pool.ts';
import type { Pools } from './pools.ts';

/**
 * The bearer that a call would carry now, for connections that do not pass here.
 *
 * @throws CredentialError when none can be had.
 */
export async function bearerOf(pool: Pool, { ledger }: Pools, asker: Asker): Promise<string> {
  if (ledger !== undefined) await ledger.prepare(pool, asker);
  const failures: CredentialError[] = [];
  const tried = new Set<Member>();
  const next = (): Member | undefined => pool.choose(asker.context, undefined, tried);
  for (let member = next(); member !== undefined; member = next()) {
    tried.add(member);
    try {
      return (await member.cache.obtain(asker)).reveal();
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      failures.push(error);
    }
  }
  const { message, retryAfterMs } = exhaustion(pool, failures, asker.context.clock);
  throw new CredentialError(message, retryAfterMs);
}
