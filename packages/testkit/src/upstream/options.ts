import type { Clock } from '@holdfast/core';
import type { FaultRule } from './fault.ts';

/** What a model can and cannot do. Nothing is checked that is not stated. */
export interface ModelOptions {
  /** Context window. A longer input is refused with `context_length_exceeded`. */
  readonly contextTokens?: number;
  /** Longest answer that may be asked for. */
  readonly maxOutputTokens?: number;
  /** Parameters the model does not know, as reasoning models refuse `temperature` and `max_tokens`. */
  readonly rejects?: readonly string[];
  /** How many words its answers have. Overrides {@link UpstreamOptions.words}. */
  readonly words?: number;
  /** How many tokens it spends on thinking before it answers. */
  readonly reasoningTokens?: number;
}

/** A key that is accepted, with what shall be known about it. */
export interface KeyOptions {
  /** The secret itself. */
  readonly key: string;
  /** A name under which the log shows it. */
  readonly label?: string;
  /** The project it belongs to: limits and objects are per project. */
  readonly project?: string;
}

/** Rate limits of a model in each project. */
export interface ModelLimits {
  /** Requests per minute. */
  readonly requestsPerMinute?: number;
  /** Tokens per minute. */
  readonly tokensPerMinute?: number;
}

/** How a fake upstream behaves. */
export interface UpstreamOptions {
  /** Where waits, refills and expiries take their time from. The machine's clock unless stated. */
  readonly clock?: Clock;
  /** The models there are. Any name is accepted if this is left out. */
  readonly models?: readonly string[] | Readonly<Record<string, ModelOptions>>;
  /** The keys that are accepted. Any is accepted if this is left out. */
  readonly keys?: readonly (string | KeyOptions)[] | undefined;
  /** The keys of the Admin API. If left out, any accepted key may use it. */
  readonly adminKeys?: readonly (string | KeyOptions)[] | undefined;
  /** Rate limits by model; `*` holds for every model that is not named. */
  readonly limits?: Readonly<Record<string, ModelLimits>>;
  /** What goes wrong, from the start. More can be added with `upstream.script()`. */
  readonly script?: readonly FaultRule[];
  /** Makes ids and drawn faults reproducible. */
  readonly seed?: number;
  /** How many words an answer has. */
  readonly words?: number;
  /** How long a background response takes, counted from its creation. */
  readonly backgroundMs?: number;
  /** How many requests the log keeps. */
  readonly logLimit?: number;
  /** The organization that replies name. */
  readonly organization?: string;
  /** Port to listen on; any free one unless stated. */
  readonly port?: number;
}

/** The project of keys for which none is stated. */
export const defaultProject = 'proj_default';

/** Values of options that were left out. */
export const upstreamDefaults = {
  seed: 1,
  words: 12,
  backgroundMs: 0,
  logLimit: 10_000,
  organization: 'org-holdfast',
  port: 0,
  requestsPerMinute: 1_000_000_000,
  tokensPerMinute: 1_000_000_000_000,
} as const;
