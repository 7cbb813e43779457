import type { StoryFacts } from './facts.ts';
import { costText, counted, durationText } from './words.ts';

/** What was asked, who answered, how it ended and what it took, as parts of a line. */
export function headlineOf(facts: StoryFacts): readonly string[] {
  const { service, callId, operation, model, answeredBy, attempts, usage, costUsd, at } = facts;
  const parts = [`${service || 'call'} ${callId}`.trim()];
  if (at !== null) parts.push(at.replace(/\.\d+Z$/, 'Z'));
  const asked = [operation, model].filter((part) => part !== null).join(' ');
  if (asked !== '') parts.push(asked);
  if (answeredBy !== null && answeredBy !== model) parts.push(`answered by ${answeredBy}`);
  parts.push(endText(facts), counted(attempts, 'attempt'));
  if (usage !== null) parts.push(`${counted(usage.inputTokens, 'token')} in, ${usage.outputTokens} out`);
  if (costUsd !== null) parts.push(costText(costUsd));
  return parts;
}

function endText(facts: StoryFacts): string {
  const { ending, isUnderWay, fault } = facts;
  const took = durationText(facts.durationMs);
  if (isUnderWay) return `under way for ${took}`;
  if (ending !== null) return `${ending}${fault === null ? '' : ` (${fault.code ?? fault.kind})`} after ${took}`;
  const trouble = lastTrouble(facts);
  return trouble === undefined
    ? `its end is not known, last heard of after ${took}`
    : `failed (${trouble}) after ${took}, as far as is known`;
}

/** What the last thing that happened was, if that was bad. */
function lastTrouble({ entries }: StoryFacts): string | undefined {
  const last = entries.findLast((entry) => entry.type !== 'decision');
  if (last?.type === 'refusal') return last.code;
  return last?.type === 'attempt' ? last.fault?.kind : undefined;
}
