import type { Clock } from '@holdfast/core';
import type { Member } from './member.ts';
import type { Pool } from './pool.ts';

/** Credentials that a message names; more are counted. */
const maxNamed = 5;

/** Why no credential is left and when one may be, in words that hold no secret. */
export interface Exhaustion {
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** What a source said when it was asked for a call. */
export interface SourceFailure {
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** Why no credential is left, by name: which source failed now, what was rejected before. */
export function exhaustion(pool: Pool, failures: readonly SourceFailure[], clock: Clock): Exhaustion {
  const nowMs = clock.monotonic();
  const out = pool.isSole
    ? pool.members.filter(isOut)
    : pool.members.filter((member) => member.usableAt() !== undefined);
  const parts = [...failures.map(({ message }) => message), ...out.map(plight)];
  if (parts.length === 0) parts.push('none of them may be used for this call');
  const named = parts.slice(0, maxNamed).join('; ');
  const more = parts.length > maxNamed ? `; and ${parts.length - maxNamed} more` : '';
  const waits = [
    ...failures.map(({ retryAfterMs }) => retryAfterMs ?? 0),
    ...out.map((member) => (member.usableAt() ?? Number.POSITIVE_INFINITY) - nowMs),
  ];
  const soonestMs = Math.max(0, Math.min(...waits, Number.POSITIVE_INFINITY));
  const isKnown = Number.isFinite(soonestMs);
  return {
    message: `No usable credential: ${named}${more}. ${outlook(soonestMs)}`,
    retryAfterMs: isKnown ? soonestMs : undefined,
  };
}

const isOut = ({ isDraining, standing }: Member): boolean => isDraining || standing !== undefined;

function plight(member: Member): string {
  const { id, standing, isDraining, domain } = member;
  if (isDraining) return `${id} was taken out by hand`;
  if (standing === undefined) return `${id} shares the quota of ${domain.name}, which is spent (${domain.quota?.why})`;
  return `${id} is ${standing.state} (${standing.why})`;
}

function outlook(soonestMs: number): string {
  if (!Number.isFinite(soonestMs)) return 'Replace the keys and start anew, or restore them.';
  return soonestMs === 0 ? 'The next call tries again.' : `A call in ${Math.ceil(soonestMs)} ms tries again.`;
}
