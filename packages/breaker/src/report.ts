import { textPrint, type Call, type Fault, type Outcome } from '@holdfast/core';
import { credentialOf } from './credential-domains.ts';
import type { DetailedReport } from './details.ts';

/** What a circuit is told of an attempt beside the verdict. */
export function reportOf(call: Call, key: string, { fault, firstEventMs, durationMs }: Outcome): DetailedReport {
  // The body that the caller wrote: what a fallback made of it for another model is the same request.
  const { body } = call.root.init;
  if (fault === undefined) return { firstEventMs, durationMs, print: textPrint(body) };
  const { retryAfterMs } = fault;
  if (!mayBeTheBody(fault)) return { firstEventMs, durationMs, retryAfterMs };
  const place = `${key} ${credentialOf(call) ?? ''}`;
  return { firstEventMs, durationMs, retryAfterMs, print: textPrint(body), place };
}

/** Not a request that never arrived, nor a server that says of itself that it is overloaded. */
const mayBeTheBody = ({ trips, kind, neverSent }: Fault): boolean =>
  trips && kind !== 'overloaded' && neverSent !== true;

/** The same, for the endpoint: there a body is counted apart from what it does at a model. */
export const atEndpoint = ({ print, retryAfterMs }: DetailedReport, key: string): DetailedReport => ({
  retryAfterMs,
  print: print === undefined ? undefined : -1 - print,
  place: key,
});
