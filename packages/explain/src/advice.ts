import type { Story } from './told.ts';
import { placeOf, timesText } from './where.ts';
import { durationText } from './words.ts';

/** What to do about it, by the code of a refusal or the kind of a fault. */
const advice: Readonly<Record<string, string>> = {
  circuit_open: 'The upstream failed too often, so it is not asked. A ladder (fallback) would answer meanwhile.',
  state_bound: 'What the request refers to lives at an endpoint that is not asked now. It can only be answered there.',
  rate_limited_local: 'The account has no room in time. Lower the load, raise its limits, or set priorities.',
  queue_full: 'More calls wait for room than may. Lower the load, or raise rateLimit.maxQueue if callers can wait.',
  budget_exceeded: 'The budget is spent. It comes back with its next period, or with a larger one.',
  credentials_exhausted: 'No credential can be used now. status() of auth tells which are out, why, and until when.',
  origin_not_bound:
    'A credential was about to go to an address that it is not bound to. Check the base URL, then its origins.',
  redirect_refused: 'The upstream sent the request elsewhere, where no credential follows. Check the base URL.',
  malformed_response: 'What came was no answer of the API: a proxy or a wrong base URL is likely.',
  audit_unavailable: 'The audit log cannot be written, and calls must not go unrecorded. See status() of audit.',
  deadline_exceeded: 'Give the call more time, or bound each attempt (timeout) so that some is left for another.',
  invalid_credential: 'The key was rejected. If it is right in its source, it was revoked or belongs elsewhere.',
  wrong_membership: 'The key is not of the organization or project that the request names.',
  permission_denied: 'The key may not do this. Its project or role decides.',
  egress_denied: 'The account does not let this address in. Its IP allowlist decides, not the key.',
  region_denied: 'The API does not serve this region.',
  rate_limited: 'The account is at its limit there. Lower the load, raise its limits, or let rateLimit() pace it.',
  quota_exhausted: 'The quota of the account is spent: billing, not load.',
  model_not_found: 'There is no such model, or the project may not use it.',
  overloaded: 'The upstream is overloaded. Another model or endpoint (fallback) would help.',
  server_error: 'The upstream failed. Its support can look the request id up.',
  conflict: 'Something else changed the same thing at the same time. Ask again.',
  timeout: 'The upstream was silent for longer than the limits allow.',
  network: 'The upstream could not be reached, or the connection broke. The code says at which step.',
  stream_interrupted: 'The stream broke off before its end. What came until then is what there is.',
  bad_request: 'The request itself is wrong and fails everywhere. The error of the API names the parameter.',
  context_length: 'The prompt is too long for the model. A ladder (fallback) can go to one with more room.',
  content_filtered: 'The content was refused. It is refused again elsewhere.',
  not_found: 'What the request refers to is not there, or belongs to another project.',
  poor_answer: 'An answer came, and your own check (fallback.quality) did not take it.',
};

/** What to do next, in a sentence or two; `undefined` where there is nothing to do. */
export function adviceFor(story: Story): string | undefined {
  const { ending, isUnderWay, fault, entries } = story;
  if (ending === 'abandoned') return 'The answer was never read. Read the body, or cancel it.';
  if (ending === 'complete' || ending === 'cancelled' || isUnderWay) return undefined;
  const last = entries.at(-1);
  const lastCode = last?.type === 'refusal' ? last.code : last?.type === 'attempt' ? last.fault?.kind : undefined;
  const code = [fault?.code, fault?.kind, lastCode].find((one) => one !== undefined && Object.hasOwn(advice, one));
  if (code === undefined) return undefined;
  const general = advice[code] as string;
  const told = particular[code]?.(story);
  return told === undefined ? general : told.endsWith(byHand) ? told : `${told} ${general}`;
}

/** Nothing that holds for other circuits does for such a one. */
const byHand = 'stays open until it is closed by hand.';

/** What this call tells beyond what always holds. */
const particular: Readonly<Record<string, (story: Story) => string | undefined>> = {
  circuit_open: circuitText,
  state_bound: circuitText,
  deadline_exceeded: (story) => timesText(story),
  server_error: ({ entries }) => {
    const id = entries.findLast((entry) => entry.type === 'attempt' && entry.requestId !== undefined);
    return id?.type === 'attempt' ? `Request ${id.requestId}.` : undefined;
  },
  timeout: ({ entries }) => {
    const slowest = entries.findLast((entry) => entry.type === 'attempt' && entry.fault?.kind === 'timeout');
    if (slowest?.type !== 'attempt' || slowest.durationMs === undefined) return undefined;
    return `${placeOf(slowest)} gave nothing for ${durationText(slowest.durationMs)}.`;
  },
};

/** Which circuit, and when it lets a call through, as the breaker told. */
function circuitText({ entries }: Story): string | undefined {
  const told = entries.findLast((entry) => entry.type === 'refusal' && entry.layer === 'breaker');
  if (told?.type !== 'refusal') return undefined;
  const [, circuit] = /^(The circuit of .{1,300}?) (?:is|was) /.exec(told.reason) ?? [];
  if (circuit === undefined) return undefined;
  const [, wait] = /(?:goes in|try again in|decides within) (\d[\d.]* m?s)\.$/.exec(told.reason) ?? [];
  return wait === undefined ? `${circuit} ${byHand}` : `${circuit} lets the next call through ${wait} after this one.`;
}
