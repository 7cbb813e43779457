import { fault, type Fault, type FaultKind } from './fault.ts';
import { serverWaitMs, type HeaderSource } from './server-wait.ts';

/** The part of an error body that faults are told from. */
export interface ErrorBody {
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly message?: string | undefined;
}

const byCode: Readonly<Record<string, FaultKind>> = {
  invalid_api_key: 'invalid_credential',
  account_deactivated: 'invalid_credential',
  token_expired: 'invalid_credential',
  invalid_token: 'invalid_credential',
  ip_not_authorized: 'egress_denied',
  mismatched_organization: 'wrong_membership',
  mismatched_project: 'wrong_membership',
  missing_scope: 'permission_denied',
  unsupported_country_region_territory: 'region_denied',
  insufficient_quota: 'quota_exhausted',
  credit_balance_exhausted: 'quota_exhausted',
  billing_hard_limit_reached: 'quota_exhausted',
  billing_not_active: 'quota_exhausted',
  rate_limit_exceeded: 'rate_limited',
  slow_down: 'overloaded',
  server_is_overloaded: 'overloaded',
  server_error: 'server_error',
  model_not_found: 'model_not_found',
  DeploymentNotFound: 'model_not_found',
  context_length_exceeded: 'context_length',
  content_filter: 'content_filtered',
  content_policy_violation: 'content_filtered',
  // What a gateway of our own says in a stream.
  stream_interrupted: 'stream_interrupted',
  attempt_timeout: 'timeout',
  headers_timeout: 'timeout',
  first_event_timeout: 'timeout',
  first_content_timeout: 'timeout',
  stream_idle_timeout: 'timeout',
  reasoning_idle_timeout: 'timeout',
  stream_too_slow: 'timeout',
  deadline_exceeded: 'deadline_exceeded',
};

const byType: Readonly<Record<string, FaultKind>> = {
  insufficient_quota: 'quota_exhausted',
  credit_balance_exhausted: 'quota_exhausted',
  server_error: 'server_error',
};

/** Codes are words; what is none may be a key or a prompt that the upstream says again. */
const isCode = (text: string): boolean => /^\w{1,64}$/.test(text);

/** Classes that need the text, because the API gives these no code of their own. */
const byText: readonly (readonly [number, RegExp, FaultKind])[] = [
  [401, /\bIP\b.*\bnot (?:authorized|allowed)/i, 'egress_denied'],
  [401, /\b(?:member of|belong to|access to) .*\b(?:organization|project)\b/i, 'wrong_membership'],
  [403, /\b(?:country|region|territory)\b/i, 'region_denied'],
];

const byStatus: Readonly<Record<number, FaultKind>> = {
  401: 'invalid_credential',
  403: 'permission_denied',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  429: 'rate_limited',
  503: 'overloaded',
};

/**
 * What an error answer means: on `code`, then `type`, then text where the API has no code, then status.
 *
 * @param status - HTTP status, or 0 for an error inside a stream that began with 200.
 * @param nowMs - wall-clock time, for HTTP dates in `retry-after`.
 * @see facts/openai-api.md, "Faults"
 */
export function classifyAnswer(
  status: number,
  headers: HeaderSource,
  body: ErrorBody | undefined,
  nowMs: number,
): Fault {
  const kind = kindOfAnswer(status, body);
  const retryAfterMs = serverWaitMs(headers, nowMs, kind === 'rate_limited' ? body?.message : undefined);
  const shouldRetry = headers.get('x-should-retry');
  return fault(kind, {
    ...(status > 0 && { status }),
    ...(body?.code !== undefined && isCode(body.code) && { code: body.code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...((shouldRetry === 'true' || shouldRetry === 'false') && { retryable: shouldRetry === 'true' }),
  });
}

function kindOfAnswer(given: number, body: ErrorBody | undefined): FaultKind {
  // Inside a stream some vendors say the status as the code.
  const status = given === 0 && /^[45]\d\d$/.test(body?.code ?? '') ? Number(body?.code) : given;
  const named = own(byCode, body?.code) ?? own(byType, body?.type);
  if (named !== undefined) return named;
  const message = body?.message ?? '';
  const worded = byText.find(([code, pattern]) => code === status && pattern.test(message));
  if (worded !== undefined) return worded[2];
  const plain = byStatus[status];
  if (plain !== undefined) return plain;
  if (status >= 300 && status < 400) return 'redirect_refused';
  return status >= 500 || status === 0 ? 'server_error' : 'bad_request';
}

const own = (map: Readonly<Record<string, FaultKind>>, key: string | undefined): FaultKind | undefined =>
  key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;

/** Codes of errors that came before the request left. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const timeouts = new Set(['ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/** What runtimes say in the TypeError that they throw for a broken connection. */
const networkWords =
  /fetch failed|failed to fetch|load failed|networkerror|terminated|network connection|error sending request/i;

/** Codes of what cannot be sent at all: an unusable URL, header, argument or option. */
const misuse =
  /^(?:ERR_INVALID_(?:URL|CHAR|HTTP_TOKEN|PROTOCOL|ARG_TYPE|ARG_VALUE)|UND_ERR_INVALID_ARG|UND_ERR_REQ_CONTENT_LENGTH_MISMATCH|invalid_option)$/;

/**
 * What a thrown error means. A TypeError that no connection caused (an unusable URL or header)
 * is the request's fault; an abort is the caller's.
 */
export function classifyError(error: unknown): Fault {
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : '';
  if (code === 'deadline_exceeded') return fault('deadline_exceeded', { code });
  if (name === 'AbortError' || code === 'ABORT_ERR') return fault('aborted');
  if (name === 'TimeoutError' || (code !== undefined && timeouts.has(code)))
    return fault('timeout', { ...(code !== undefined && { code }), neverSent: isNeverSent(code) });
  const isMisuse =
    code === undefined ? error instanceof TypeError && !networkWords.test(error.message) : misuse.test(code);
  if (isMisuse) return fault('bad_request', code === undefined ? undefined : { code });
  return fault('network', { ...(code !== undefined && { code }), neverSent: isNeverSent(code) });
}

const isNeverSent = (code: string | undefined): boolean => code !== undefined && neverSent.has(code);

/** The first string `code` along the chain of causes, at most five deep. */
function codeOf(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current instanceof AggregateError) current = current.errors[0];
    else current = 'cause' in current ? current.cause : undefined;
  }
  return undefined;
}

/** The error part of a JSON text: the API's `{error: {…}}` or the OAuth endpoint's `{error, error_description}`. */
export function errorBodyOf(text: string): ErrorBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const outer = value as Record<string, unknown>;
  const error = outer['error'] ?? outer;
  if (typeof error === 'string') return { code: error, message: textOf(outer['error_description']) };
  if (typeof error !== 'object' || error === null) return undefined;
  const fields = error as Record<string, unknown>;
  const code = typeof fields['code'] === 'number' ? String(fields['code']) : textOf(fields['code']);
  return { code, type: textOf(fields['type']), message: textOf(fields['message']) };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
