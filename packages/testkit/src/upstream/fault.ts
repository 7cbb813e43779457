import type { ErrorDetail } from './errors.ts';

/** One request that a rule is tried on. */
export interface FaultMatch {
  /** The model that is asked for. */
  readonly model?: string | RegExp;
  /** A string equals the path with or without its `/v1`; an expression is tried on the whole path. */
  readonly path?: string | RegExp;
  /** The key, its label, or its id in the log. */
  readonly key?: string;
  /** Whether a stream is asked for. */
  readonly stream?: boolean;
  /** HTTP method. */
  readonly method?: string;
}

/** When something goes wrong, and what. All conditions must hold. */
export interface FaultRule {
  /** Which requests; all unless stated. */
  readonly match?: FaultMatch;
  /** To how many requests it happens at most. */
  readonly times?: number;
  /** How many matching requests are spared first. */
  readonly after?: number;
  /** Only every n-th matching request, beginning with the n-th. */
  readonly every?: number;
  /** With which chance it happens, in 0..1, drawn from the seed of the server. */
  readonly probability?: number;
  /** Not before this time has passed since the rule was given. */
  readonly fromMs?: number;
  /** Not from this time on, counted since the rule was given. */
  readonly untilMs?: number;
  /** What happens. */
  readonly fault: Fault;
}

/** A refusal instead of the answer. */
export interface StatusFault {
  readonly kind: 'status';
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error: ErrorDetail;
  /** Sent instead of the usual error object: a text as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A body that is not what was asked for. */
export interface BodyFault {
  readonly kind: 'html200' | 'emptyBody' | 'notJson';
}

/** A redirect to elsewhere. */
export interface RedirectFault {
  readonly kind: 'redirect';
  readonly status: number;
  readonly location: string;
}

/** Waits on the way; goes together with any other fault. */
export interface LatencyFault {
  readonly kind: 'latency';
  readonly headersMs?: number;
  readonly firstEventMs?: number;
  readonly betweenEventsMs?: number;
}

/** Other chunk boundaries than one per event; goes together with any other fault. */
export interface ChunkingFault {
  readonly kind: 'chunking';
  readonly bytes: number | 'random';
}

/** Another answer than the usual one; goes together with any other fault. */
export interface AnswerFault {
  readonly kind: 'answer';
  readonly words?: number;
  readonly text?: string;
  readonly finishReason?: 'stop' | 'length' | 'content_filter';
}

/** Silence that only the client ends. */
export interface HangFault {
  readonly kind: 'hang';
  readonly at: 'headers' | 'body';
  readonly afterEvents: number;
}

/** A connection that is torn down with RST. */
export interface ResetFault {
  readonly kind: 'reset';
  readonly at: 'connect' | 'headers' | 'body';
  readonly afterEvents: number;
}

/** A connection that is closed before the announced body is complete. */
export interface TruncatedBodyFault {
  readonly kind: 'truncatedBody';
  readonly bytes: number;
}

/** A stream that ends properly but too early. */
export interface CutStreamFault {
  readonly kind: 'cutStream';
  readonly afterEvents: number;
}

/** An error inside a stream that began well. */
export interface InStreamErrorFault {
  readonly kind: 'inStreamError';
  readonly afterEvents: number;
  readonly error: ErrorDetail;
  readonly as: 'error' | 'response.failed';
}

/** An event that is not JSON. */
export interface MalformedSseFault {
  readonly kind: 'malformedSse';
  readonly afterEvents: number;
}

/** What can go wrong. Made with `faults`. */
export type Fault =
  | StatusFault
  | BodyFault
  | RedirectFault
  | LatencyFault
  | ChunkingFault
  | AnswerFault
  | HangFault
  | ResetFault
  | TruncatedBodyFault
  | CutStreamFault
  | InStreamErrorFault
  | MalformedSseFault;

/** A fault that decides the fate of a request, of which there is at most one. */
export type FatalFault = Exclude<Fault, LatencyFault | ChunkingFault | AnswerFault>;
