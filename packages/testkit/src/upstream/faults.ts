import type { ErrorDetail } from './errors.ts';
import type {
  AnswerFault,
  BodyFault,
  ChunkingFault,
  CutStreamFault,
  HangFault,
  InStreamErrorFault,
  LatencyFault,
  MalformedSseFault,
  RedirectFault,
  ResetFault,
  StatusFault,
  TruncatedBodyFault,
} from './fault.ts';

/** How long a rate-limited caller is told to wait. */
export interface RetryAfter {
  /** Sent as `retry-after-ms`. */
  readonly retryAfterMs?: number;
  /** Sent as `retry-after`: seconds, or an HTTP date. */
  readonly retryAfter?: string | number;
}

/** The refusal of a {@link faults.status}. */
export interface StatusFaultOptions extends Partial<ErrorDetail> {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent instead of the usual error object: a text as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** Where in a stream something happens; after the first event unless stated. */
export interface AfterEvents {
  readonly afterEvents?: number;
}

const retryAfterHeaders = (options: RetryAfter): Record<string, string> => ({
  ...(options.retryAfterMs === undefined ? {} : { 'retry-after-ms': String(options.retryAfterMs) }),
  ...(options.retryAfter === undefined ? {} : { 'retry-after': String(options.retryAfter) }),
});

const refusal = (status: number, error: ErrorDetail, headers: Record<string, string> = {}): StatusFault => ({
  kind: 'status',
  status,
  error,
  headers,
});

const status = (code: number, options: StatusFaultOptions = {}): StatusFault => {
  const { headers, body, message = `The server answered with status ${code}.`, ...detail } = options;
  const type = code >= 500 ? 'server_error' : 'invalid_request_error';
  const fault = refusal(code, { type, message, ...detail }, { ...headers });
  return body === undefined ? fault : { ...fault, body };
};

/** 429 because of a limit that passes. */
const rateLimit = (options: RetryAfter = {}): StatusFault =>
  refusal(
    429,
    {
      message:
        'Rate limit reached for requests in organization org-holdfast on requests per min (RPM): Limit 60, Used 60, Requested 1. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.',
      type: 'requests',
      code: 'rate_limit_exceeded',
    },
    retryAfterHeaders(options),
  );

const quota = (): StatusFault =>
  refusal(429, {
    message:
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  });

const revokedKey = (): StatusFault =>
  refusal(401, {
    message:
      'Incorrect API key provided: sk-ab***********************wxyz. You can find your API key at https://platform.openai.com/account/api-keys.',
    code: 'invalid_api_key',
  });

const ipNotAuthorized = (): StatusFault =>
  refusal(401, {
    message:
      'Your request was made from an IP address that is not authorized. IP not authorized. Please contact your organization owner.',
    code: 'ip_not_authorized',
  });

const overloaded = (options: RetryAfter & { readonly code?: 'slow_down' | 'server_is_overloaded' } = {}): StatusFault =>
  refusal(
    503,
    {
      message: 'The server is currently overloaded with other requests. Sorry about that! Please try again later.',
      type: 'service_unavailable_error',
      code: options.code ?? 'server_is_overloaded',
    },
    retryAfterHeaders(options),
  );

const inStreamError = (
  options: AfterEvents & Partial<ErrorDetail> & { readonly as?: 'error' | 'response.failed' } = {},
): InStreamErrorFault => {
  const { afterEvents = 1, as = 'error', ...error } = options;
  const message = 'The server had an error processing your request. Sorry about that!';
  return {
    kind: 'inStreamError',
    afterEvents,
    as,
    error: { message, type: 'server_error', code: 'server_error', ...error },
  };
};

/** Every way in which the fake upstream can fail, each as a factory. */
export const faults: {
  /** Any status with an error body. */
  readonly status: (code: number, options?: StatusFaultOptions) => StatusFault;
  /** 429 `rate_limit_exceeded`. */
  readonly rateLimit: (options?: RetryAfter) => StatusFault;
  /** 429 `insufficient_quota`. */
  readonly quota: () => StatusFault;
  /** 401 `invalid_api_key`. */
  readonly revokedKey: () => StatusFault;
  /** 401 because of the network that the caller sits in. */
  readonly ipNotAuthorized: () => StatusFault;
  /** 503 `server_is_overloaded` or `slow_down`. */
  readonly overloaded: (options?: RetryAfter & { readonly code?: 'slow_down' | 'server_is_overloaded' }) => StatusFault;
  /** Waits before the headers, the first event and each further event. */
  readonly latency: (options: Omit<LatencyFault, 'kind'>) => LatencyFault;
  /** Sends nothing more, for ever. */
  readonly hang: (options?: AfterEvents & { readonly at?: 'headers' | 'body' }) => HangFault;
  /** Tears the connection down with RST. */
  readonly reset: (options?: AfterEvents & { readonly at?: 'connect' | 'headers' | 'body' }) => ResetFault;
  /** Closes the connection after `bytes` bytes of the body. */
  readonly truncatedBody: (bytes: number) => TruncatedBodyFault;
  /** Ends the stream properly, without its terminal event. A plain body ends halfway. */
  readonly cutStream: (options?: AfterEvents) => CutStreamFault;
  /** An error event in the manner of the operation. A plain answer becomes a 500 with that error. */
  readonly inStreamError: (
    options?: AfterEvents & Partial<ErrorDetail> & { readonly as?: 'error' | 'response.failed' },
  ) => InStreamErrorFault;
  /** An event whose data is no JSON; the stream goes on after it. */
  readonly malformedSse: (options?: AfterEvents) => MalformedSseFault;
  /** A 200 with a web page, as proxies send it. */
  readonly html200: () => BodyFault;
  /** A 200 with nothing. */
  readonly emptyBody: () => BodyFault;
  /** A 200 that claims to be JSON and is not. */
  readonly notJson: () => BodyFault;
  /** A redirect. */
  readonly redirect: (location: string, status?: number) => RedirectFault;
  /** Chunks of `bytes` bytes, or of drawn sizes, whatever the events are. */
  readonly chunking: (options: { readonly bytes: number } | 'random') => ChunkingFault;
  /** Another text, length or finish reason than usual. */
  readonly answer: (options: Omit<AnswerFault, 'kind'>) => AnswerFault;
} = {
  status,
  rateLimit,
  quota,
  revokedKey,
  ipNotAuthorized,
  overloaded,
  latency: (options) => ({ kind: 'latency', ...options }),
  hang: ({ at = 'headers', afterEvents = 1 } = {}) => ({ kind: 'hang', at, afterEvents }),
  reset: ({ at = 'connect', afterEvents = 1 } = {}) => ({ kind: 'reset', at, afterEvents }),
  truncatedBody: (bytes) => ({ kind: 'truncatedBody', bytes }),
  cutStream: ({ afterEvents = 1 } = {}) => ({ kind: 'cutStream', afterEvents }),
  inStreamError,
  malformedSse: ({ afterEvents = 1 } = {}) => ({ kind: 'malformedSse', afterEvents }),
  html200: () => ({ kind: 'html200' }),
  emptyBody: () => ({ kind: 'emptyBody' }),
  notJson: () => ({ kind: 'notJson' }),
  redirect: (location, code = 307) => ({ kind: 'redirect', location, status: code }),
  chunking: (options) => ({ kind: 'chunking', bytes: options === 'random' ? 'random' : options.bytes }),
  answer: (options) => ({ kind: 'answer', ...options }),
};
