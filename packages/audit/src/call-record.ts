import { createHmac } from 'node:crypto';
import type { Call, Fault, JourneyEntry, Outcome, Secret } from '@holdfast/core';
import type { CallRecord } from './line.ts';
import { plainFault, plainName, scrubbed } from './plain.ts';

/** What of a call is told beside what always is. */
export interface Telling {
  readonly tenants: boolean;
  readonly contentKey: Secret | undefined;
}

/** The record of a call that ended. Members that are `undefined` are not written. */
export function callRecord(call: Call, outcome: Outcome, { tenants, contentKey }: Telling): CallRecord {
  const { journey, hints, route, root } = call;
  const { status, fault, firstEventMs, model, responseId, finishReasons } = outcome;
  const durationMs = journey.elapsedMs();
  // One literal: adding members one by one costs as much as all of the rest.
  const record: Loose<CallRecord> = {
    answeredBy: plain(model),
    callId: call.id,
    content: contentKey && contentOf(call, contentKey),
    durationMs: rounded(durationMs),
    ending: outcome.ending,
    fault: fault && plainFault(fault),
    finishReasons: finishReasons.length > 0 ? finishReasons : undefined,
    firstEventMs: firstEventMs === undefined ? undefined : rounded(durationMs - outcome.durationMs + firstEventMs),
    journey: { dropped: journey.dropped, entries: journey.entries.map(copied) },
    method: call.method,
    model: plain(root.requestedModel),
    operation: route.operation,
    origin: route.origin,
    priority: hints.priority,
    refusal: refusalOf(journey.entries, outcome),
    responseId: plain(responseId),
    service: call.service,
    status,
    tenant: tenants ? hints.tenant : undefined,
    type: 'call',
    usage: outcome.usage,
  };
  return record as CallRecord;
}

/** The same with `undefined` for what is absent. */
type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

const plain = (name: string | undefined): string | undefined => (name === undefined ? undefined : plainName(name));

/** The refusal that the call ended with; one that was got around is in the journey only. */
function refusalOf(entries: readonly JourneyEntry[], { fault, status }: Outcome): string | undefined {
  if (fault === undefined || status !== undefined) return undefined;
  const last = entries.findLast((entry) => entry.type === 'refusal');
  return last !== undefined && (last.code === fault.code || last.code === fault.kind) ? last.code : undefined;
}

/** As it is now: one that lost a race is filled in later, when the line is written already. */
function copied(entry: JourneyEntry): JourneyEntry {
  const atMs = rounded(entry.atMs);
  if (entry.type !== 'attempt') {
    const reason = scrubbed(entry.reason);
    return entry.type === 'wait'
      ? { ...entry, atMs, reason, delayMs: rounded(entry.delayMs) }
      : { ...entry, atMs, reason };
  }
  const { credential, durationMs, fault, limitDomain, model, number, origin, requestId, status, type } = entry;
  return {
    atMs,
    credential,
    durationMs: durationMs && rounded(durationMs),
    fault: fault && plainCode(fault),
    limitDomain,
    model: plain(model),
    number,
    origin,
    requestId: plain(requestId),
    status,
    type,
  };
}

const plainCode = (fault: Fault): Fault =>
  fault.code === undefined ? fault : { ...fault, code: plainName(fault.code) };

/** Tenths of a millisecond. */
const rounded = (ms: number): number => Math.round(ms * 10) / 10;

function contentOf({ body }: Call, key: Secret): string | undefined {
  if (typeof body.raw !== 'string') return undefined;
  return createHmac('sha256', key.reveal()).update(body.raw).digest('hex');
}
