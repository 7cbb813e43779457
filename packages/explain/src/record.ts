import type { Ending, Usage } from '@holdfast/core';
import { countOf, membersOf, msOf, storyFaultOf } from './entry.ts';
import { plainOrNothing } from './plain.ts';
import { fromEntries, type Story } from './told.ts';

/** A journey as JSON, or a line that has one. */
export function ofRecord(record: Readonly<Record<string, unknown>>): Story | undefined {
  const journey = membersOf(record['journey']);
  const isLine = Array.isArray(journey['entries']);
  const entries = isLine ? journey['entries'] : record['entries'];
  if (!Array.isArray(entries)) return undefined;
  const { callId, service } = record;
  const told = fromEntries({ callId, service, entries, dropped: (isLine ? journey : record)['dropped'] });
  return isLine ? { ...told, ...ofLine(record, told) } : told;
}

const endings: ReadonlySet<unknown> = new Set<Ending>(['complete', 'failed', 'cancelled', 'abandoned']);

function ofLine(line: Readonly<Record<string, unknown>>, told: Story): Partial<Story> {
  const { ending, at, fault, refusal, model, answeredBy } = line;
  const code = plainOrNothing(refusal);
  const reason = storyFaultOf(fault);
  return {
    ending: endings.has(ending) ? (ending as Ending) : undefined,
    isUnderWay: told.isUnderWay && !endings.has(ending),
    durationMs: msOf(line['durationMs']) ?? told.durationMs,
    operation: plainOrNothing(line['operation']),
    model: plainOrNothing(model) ?? told.model,
    answeredBy: plainOrNothing(answeredBy) ?? (ending === 'failed' ? undefined : told.answeredBy),
    status: countOf(line['status']),
    fault: reason === undefined || code === undefined ? reason : { ...reason, code },
    usage: usageOf(line['usage']),
    at: plainOrNothing(at),
  };
}

function usageOf(given: unknown): Usage | undefined {
  const usage = membersOf(given);
  const [inputTokens, outputTokens] = [countOf(usage['inputTokens']), countOf(usage['outputTokens'])];
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const cachedInputTokens = countOf(usage['cachedInputTokens']) ?? 0;
  return { inputTokens, outputTokens, cachedInputTokens, reasoningTokens: countOf(usage['reasoningTokens']) ?? 0 };
}
