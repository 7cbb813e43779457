import type { Ending, FaultKind, FaultScope, JourneyEntry, Usage } from '@holdfast/core';

/** What every line has. Keys are short and stable; a new one may come in a later `v`. */
export interface LineHead {
  readonly v: 1;
  /** Place in the chain, from 1. */
  readonly seq: number;
  /** When it was written down, as ISO 8601 in UTC. */
  readonly at: string;
  /** The process that wrote it: another one after each start. */
  readonly writer: string;
  /** Hash of the line before; 64 zeros for the first. */
  readonly prev: string;
  /** SHA-256, or HMAC-SHA-256 under a key, of the canonical JSON (RFC 8785) of everything else in the line, in hex. */
  readonly hash: string;
}

/** What went wrong, as the line tells it. */
export interface LineFault {
  readonly kind: FaultKind;
  readonly scope: FaultScope;
  readonly status?: number;
  readonly code?: string;
}

/**
 * A call as its line tells it. Absent is what is not known. What an upstream put in the place of a name, an id or a
 * code, and does not look like one, is told by its length: `(52 characters)`.
 */
export interface CallRecord {
  readonly type: 'call';
  readonly service: string;
  readonly callId: string;
  /** E.g. `chat`, `responses`, `embeddings`. */
  readonly operation: string;
  readonly method: string;
  readonly origin: string;
  /** The model that was asked for. */
  readonly model?: string;
  /** The model that answered. */
  readonly answeredBy?: string;
  readonly ending: Ending;
  readonly status?: number;
  readonly fault?: LineFault;
  /** Code of the refusal, if Holdfast itself said no. */
  readonly refusal?: string;
  readonly durationMs: number;
  readonly firstEventMs?: number;
  readonly usage?: Usage;
  readonly responseId?: string;
  readonly finishReasons?: readonly string[];
  /** Of the hints; left out with `tenants: false`. */
  readonly tenant?: string;
  readonly priority?: string;
  /** HMAC-SHA-256 of the request body under `contentKey`, in hex. */
  readonly content?: string;
  readonly journey: { readonly entries: readonly JourneyEntry[]; readonly dropped: number };
}

/** Something about security, as its line tells it. */
export interface SecurityRecord {
  readonly type: 'security';
  readonly service: string;
  /** E.g. `auth.onAdminUse`; `guard.origin_not_bound`. */
  readonly event: string;
  /** What is known of it: ids, states, reasons. Keys in it are scrubbed. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The chain tells of what it lacks. */
export interface GapRecord {
  readonly type: 'gap';
  /**
   * - `dropped`: there was no room for `count` lines, or they could not be made.
   * - `torn`: a process died while it wrote; before this line stand `bytes` that are none of a line, with their line
   *   ends but the last, whose SHA-256 is `sha256`.
   */
  readonly reason: 'dropped' | 'torn';
  readonly count?: number;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** What a line tells, without its place in the chain. */
export type AuditRecord = CallRecord | SecurityRecord | GapRecord;

/** A line for a call. */
export type CallLine = LineHead & CallRecord;

/** A line, parsed. */
export type AuditLine = LineHead & AuditRecord;
