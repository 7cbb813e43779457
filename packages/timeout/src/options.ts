import { checkOptions, rules, type AttemptTimeoutCode, type Call, type Rule } from '@holdfast/core';

/**
 * What each attempt is given, in milliseconds and tokens. A limit that is `undefined` is none. Only time in which
 * somebody waits counts: a caller who reads slowly uses up none of it.
 */
export interface TimeoutLimits {
  /**
   * The whole attempt, until its body has ended; elsewhere the "per try timeout". A JSON answer that is not whole by
   * then is a failed attempt like any other.
   * @defaultValue none
   */
  readonly attemptMs?: number | undefined;
  /**
   * From when the request leaves to the headers of its answer, connecting included. A plain answer has none before the
   * model has finished.
   * @defaultValue none
   */
  readonly headersMs?: number | undefined;
  /** Streams: from the start of the attempt to the first event with data, whatever it says. @defaultValue none */
  readonly firstEventMs?: number | undefined;
  /**
   * Streams: from the start of the attempt to the first content: words, a part of a call to a tool, of an image or a
   * sound, or a thought that is shown. A thought that is not shown does not count.
   * @defaultValue none
   */
  readonly firstContentMs?: number | undefined;
  /**
   * Streams: silence once there was content, until there is more of it. Comments that keep a connection alive and
   * events that only frame the answer do not break it.
   * @defaultValue none
   */
  readonly idleMs?: number | undefined;
  /**
   * Streams: the same while the model reasons, after a thought that is shown or the beginning of one that is not.
   * @defaultValue `idleMs`
   */
  readonly reasoningIdleMs?: number | undefined;
  /**
   * Streams: content that has to come in each `rateWindowMs`, in tokens per second; an event with content counts as
   * one. Not judged while the model reasons.
   * @defaultValue none
   */
  readonly minTokensPerSecond?: number | undefined;
  /** How long the floor of `minTokensPerSecond` is looked at before it is judged. @defaultValue 10000 */
  readonly rateWindowMs?: number | undefined;
}

/** What {@link TimeoutOptions.onTimeout} is told. */
export interface TimeoutEvent {
  readonly callId: string;
  readonly service: string;
  /** 1-based, as retries count. */
  readonly attempt: number;
  readonly code: AttemptTimeoutCode;
  /** One sentence: what was waited for, how long, and what bounds it. */
  readonly message: string;
  /** From the start of the attempt. */
  readonly elapsedMs: number;
}

/** How `timeout()` behaves. */
export interface TimeoutOptions extends TimeoutLimits {
  /**
   * Limits for one call in place of those above, by its route, model or hints; `undefined` lifts one. What it throws
   * is reported, and the limits above hold.
   */
  readonly limits?: (call: Call) => TimeoutLimits | undefined;
  /** Told of each attempt that is given up. */
  readonly onTimeout?: (event: TimeoutEvent) => void;
}

/** The only place where a default stands: no limit, as no length of an answer is wrong for everybody. */
export const defaults: ResolvedLimits = Object.freeze({ rateWindowMs: 10_000, needEvents: false });

/** Limits with every default in its place. */
export interface ResolvedLimits extends TimeoutLimits {
  readonly rateWindowMs: number;
  /** Whether one of them is about the events of a stream. */
  readonly needEvents: boolean;
}

/** Options as the layer works with them. */
export interface ResolvedTimeoutOptions {
  /** The limits of a call; `undefined` where it has none. */
  readonly limitsOf: (call: Call) => ResolvedLimits | undefined;
  readonly onTimeout: TimeoutOptions['onTimeout'];
}

const moreThan0 = (what: string): Rule => ({
  expected: `${what}, more than 0`,
  holds: (value) => rules.durationMs.holds(value) && (value as number) > 0,
});
const duration = moreThan0('a duration in milliseconds');

const limitRules: Readonly<Record<keyof TimeoutLimits, Rule>> = {
  attemptMs: duration,
  headersMs: duration,
  firstEventMs: duration,
  firstContentMs: duration,
  idleMs: duration,
  reasoningIdleMs: duration,
  minTokensPerSecond: moreThan0('tokens per second'),
  rateWindowMs: duration,
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveOptions(options: TimeoutOptions): ResolvedTimeoutOptions {
  checkOptions('timeout', options, { ...limitRules, limits: rules.callback, onTimeout: rules.callback });
  const { limits, onTimeout, ...own } = options;
  const fixed = resolved(own);
  return { limitsOf: limits === undefined ? () => fixed : (call) => special(call, limits, own) ?? fixed, onTimeout };
}

/** The limits that the user's function has for a call; `undefined` where it has none, or cannot tell. */
function special(
  call: Call,
  limits: NonNullable<TimeoutOptions['limits']>,
  own: TimeoutLimits,
): ResolvedLimits | undefined {
  try {
    const given = limits(call);
    if (given === undefined) return undefined;
    checkOptions('timeout.limits', given, limitRules);
    return resolved({ ...own, ...given });
  } catch (error) {
    call.context.warn(`holdfast ${call.service}: timeout.limits threw`, error);
    return undefined;
  }
}

function resolved(limits: TimeoutLimits): ResolvedLimits | undefined {
  const { rateWindowMs = defaults.rateWindowMs, attemptMs, headersMs, ...ofStreams } = limits;
  const needEvents = Object.values(ofStreams).some((limit) => limit !== undefined);
  if (!needEvents && attemptMs === undefined && headersMs === undefined) return undefined;
  const { idleMs, reasoningIdleMs = idleMs } = ofStreams;
  return { ...ofStreams, reasoningIdleMs, attemptMs, headersMs, rateWindowMs, needEvents };
}
