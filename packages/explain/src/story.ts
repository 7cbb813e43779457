import { Journey, journeyOf, outcomeOf, refusalOf, type Outcome } from '@holdfast/core';
import { membersOf, storyFaultOf } from './entry.ts';
import { plainOrNothing } from './plain.ts';
import { ofRecord } from './record.ts';
import { answeringOf, lastAttemptOf } from './times.ts';
import { fromEntries, type Story } from './told.ts';

/**
 * What can be explained: a response of a pipeline, an error that the client made of one, what `fetch` threw, a
 * `Journey` or its JSON, or a call line of an audit log.
 */
export type Explainable = object;

/** The story of something; `undefined` for what did not come out of a pipeline. */
export function storyOf(source: unknown): Story | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  if (source instanceof Journey) return ofJourney(source);
  const journey = journeyOf(source);
  if (journey === undefined) return ofRecord(membersOf(source));
  const told = ofJourney(journey);
  const outcome = outcomeOf(source);
  if (outcome !== undefined)
    return { ...told, ...ofOutcome(outcome, told, { isRefusal: refusalOf(source) !== undefined }) };
  // A deadline is thrown, and what is thrown has no body that would have to end first.
  const code = refusalOf(source)?.code;
  if (code !== undefined) return { ...told, ending: 'failed', isUnderWay: false, fault: { kind: code } };
  return { ...told, isUnderWay: true, durationMs: Math.max(told.durationMs, journey.elapsedMs()) };
}

function ofJourney(journey: Journey): Story {
  const { callId, service, entries, dropped } = journey;
  const told = fromEntries({ callId, service, dropped, entries });
  return told.isUnderWay ? { ...told, durationMs: Math.max(told.durationMs, journey.elapsedMs()) } : told;
}

function ofOutcome(
  outcome: Outcome,
  { entries, answeredBy }: Story,
  { isRefusal }: { readonly isRefusal: boolean },
): Partial<Story> {
  const { ending, status, usage, model, fault } = outcome;
  const attempt = status === undefined ? lastAttemptOf(entries) : answeringOf(entries, status);
  // It counts from the start of its attempt; that of a refusal, or of an answer nobody read, from that of the call.
  const startMs = isRefusal || ending === 'abandoned' ? 0 : (attempt?.atMs ?? 0);
  return {
    ending,
    isUnderWay: false,
    status,
    usage,
    answeredBy: plainOrNothing(model) ?? (ending === 'failed' ? undefined : answeredBy),
    fault: storyFaultOf(fault),
    durationMs: Math.max(startMs + outcome.durationMs, entries.at(-1)?.atMs ?? 0),
  };
}
