/** Whom a fault speaks about; it says nothing about anybody else. */
export type FaultScope = 'request' | 'credential' | 'limit_domain' | 'model' | 'endpoint' | 'egress';

/** What each layer does about a kind of fault. */
export interface FaultTraits {
  readonly scope: FaultScope;
  /** The same request may succeed at the same place a little later. */
  readonly retryable: boolean;
  /** It counts against the circuit of its endpoint and model. */
  readonly trips: boolean;
  /** Another model of the same account may answer where this one did not. */
  readonly fallsBack: boolean;
}

const yes = true;
const no = false;

/** What went wrong, by name. */
export type FaultKind =
  | 'invalid_credential'
  | 'wrong_membership'
  | 'permission_denied'
  | 'egress_denied'
  | 'region_denied'
  | 'rate_limited'
  | 'quota_exhausted'
  | 'model_not_found'
  | 'overloaded'
  | 'server_error'
  | 'conflict'
  | 'timeout'
  | 'network'
  | 'malformed_response'
  | 'stream_interrupted'
  | 'redirect_refused'
  | 'bad_request'
  | 'context_length'
  | 'content_filtered'
  | 'not_found'
  | 'poor_answer'
  | 'aborted'
  | 'deadline_exceeded'
  | 'circuit_open'
  | 'rate_limited_local'
  | 'budget_exceeded'
  | 'credentials_exhausted'
  | 'origin_not_bound'
  | 'audit_unavailable';

/** The one table: scope, retryable, trips, fallsBack. */
const table: Readonly<Record<FaultKind, readonly [FaultScope, boolean, boolean, boolean]>> = {
  // The credential
  invalid_credential: ['credential', no, no, no],
  wrong_membership: ['credential', no, no, no],
  permission_denied: ['credential', no, no, no],
  // Where the call comes from
  egress_denied: ['egress', no, no, no],
  region_denied: ['egress', no, no, no],
  // Limits and money
  rate_limited: ['limit_domain', yes, no, yes],
  quota_exhausted: ['limit_domain', no, no, no],
  // The model or its endpoint
  model_not_found: ['model', no, no, yes],
  overloaded: ['endpoint', yes, yes, yes],
  server_error: ['endpoint', yes, yes, yes],
  conflict: ['endpoint', yes, yes, no],
  timeout: ['endpoint', yes, yes, yes],
  network: ['endpoint', yes, yes, yes],
  malformed_response: ['endpoint', yes, yes, yes],
  stream_interrupted: ['endpoint', yes, yes, yes],
  redirect_refused: ['endpoint', no, no, no],
  // An answer that a gate of the user's did not let pass
  poor_answer: ['model', no, no, yes],
  // The request itself
  bad_request: ['request', no, no, no],
  context_length: ['request', no, no, no],
  content_filtered: ['request', no, no, no],
  not_found: ['request', no, no, no],
  // The caller
  aborted: ['request', no, no, no],
  deadline_exceeded: ['request', no, no, no],
  // Holdfast itself said no
  circuit_open: ['endpoint', no, no, yes],
  rate_limited_local: ['limit_domain', no, no, yes],
  budget_exceeded: ['limit_domain', no, no, no],
  credentials_exhausted: ['credential', no, no, no],
  origin_not_bound: ['credential', no, no, no],
  audit_unavailable: ['request', no, no, no],
};

/** Something that went wrong, and what the table says about it. */
export interface Fault extends FaultTraits {
  readonly kind: FaultKind;
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** The API's own `error.code` or the code of the network error. Never free text. */
  readonly code?: string;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The request never reached the server, so sending it again cannot do anything twice. */
  readonly neverSent?: boolean;
}

/** What may be known of one fault beside its kind. */
export type FaultDetails = Pick<Fault, 'status' | 'code' | 'retryAfterMs' | 'neverSent'> & {
  /** The server's own word on retrying (`x-should-retry`), which wins over the table. */
  readonly retryable?: boolean;
};

/** Every kind with its traits, for documentation and tests. */
export const faultTable: Readonly<Record<FaultKind, FaultTraits>> = Object.freeze(
  Object.fromEntries(
    Object.entries(table).map(([kind, [scope, retryable, trips, fallsBack]]) => [
      kind,
      Object.freeze({ scope, retryable, trips, fallsBack }),
    ]),
  ) as Record<FaultKind, FaultTraits>,
);

/** A fault of `kind` with the traits that the table gives it. */
export function fault(kind: FaultKind, details?: FaultDetails): Fault {
  return { kind, ...faultTable[kind], ...details };
}
