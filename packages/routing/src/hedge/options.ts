import { checkOptions, OptionError, rules, type Call, type Operation, type Rule } from '@holdfast/core';

/** What can be hedged: everything that only gives an answer. */
export type HedgedOperation = Exclude<Operation, 'admin' | 'other'>;

/** What {@link HedgeOptions.onHedge} is told, once it is decided which of two requests the caller gets. */
export interface HedgeEvent {
  readonly callId: string;
  readonly service: string;
  readonly operation: Operation;
  readonly model: string | undefined;
  readonly streamed: boolean;
  /** When the second request was sent, in milliseconds from the start of the first. */
  readonly afterMs: number;
  /** Whose answer the caller gets; `neither` where both failed, and the caller gets the failure of the first. */
  readonly won: 'first' | 'second' | 'neither';
  /** How long the other request ran until it was given up or failed, in milliseconds: what the hedge has cost. */
  readonly loserRanMs: number;
}

/** How `hedge()` behaves. */
export interface HedgeOptions {
  /**
   * A second request is sent when the first takes longer than this share of the calls before it, from 0.5 to 0.999.
   * @defaultValue 0.95
   * @see Jeffrey Dean and Luiz André Barroso, The Tail at Scale, CACM 56 (2), 2013
   */
  readonly percentile?: number;
  /** Calls that must have been timed before the first hedge, for each kind of call. @defaultValue 20 */
  readonly minimumCalls?: number;
  /** No hedge is sent earlier than this, in milliseconds. @defaultValue 20 */
  readonly minDelayMs?: number;
  /**
   * Hedges are sent no later than this, in milliseconds, though more calls take as long. Those count as slow ones, so
   * a bound far below the percentile switches hedging off.
   * @defaultValue none
   */
  readonly maxDelayMs?: number;
  /** Second requests at most, as a share of the calls. @defaultValue 0.05, what the percentile asks for */
  readonly maxShare?: number;
  /** Second requests that may be saved up, to be sent in a row. @defaultValue 20, as slow calls come in clusters */
  readonly burst?: number;
  /** How long no hedge is sent after everything was slow, in milliseconds. @defaultValue 2000 */
  readonly calmMs?: number;
  /** How long everything must be slow until that is taken for usual, in milliseconds. @defaultValue 60000 */
  readonly adaptMs?: number;
  /** What is hedged. @defaultValue `['chat', 'responses', 'embeddings', 'completions', 'moderations']` */
  readonly operations?: readonly HedgedOperation[];
  /** Whether a call may be sent twice, asked only of those that could be. @defaultValue all of them */
  readonly when?: (call: Call) => boolean;
  /** Told when a race of two requests is decided. */
  readonly onHedge?: (event: HedgeEvent) => void;
}

/** Options, checked, with every default in its place. */
export interface ResolvedHedgeOptions extends Required<Omit<HedgeOptions, 'operations' | 'when' | 'onHedge'>> {
  readonly operations: ReadonlySet<Operation>;
  readonly when: ((call: Call) => boolean) | undefined;
  readonly onHedge: ((event: HedgeEvent) => void) | undefined;
}

/** Options that have a default. */
interface HedgeDefaults extends Omit<ResolvedHedgeOptions, 'operations' | 'when' | 'onHedge'> {
  readonly operations: readonly HedgedOperation[];
}

/** The only place where a default stands. */
export const defaults: HedgeDefaults = {
  percentile: 0.95,
  minimumCalls: 20,
  minDelayMs: 20,
  maxDelayMs: Number.POSITIVE_INFINITY,
  maxShare: 0.05,
  burst: 20,
  calmMs: 2000,
  adaptMs: 60_000,
  operations: ['chat', 'responses', 'embeddings', 'completions', 'moderations'],
};

const hedged: ReadonlySet<unknown> = new Set<HedgedOperation>([...defaults.operations, 'images', 'audio']);

const percentile: Rule = {
  expected: 'a ratio from 0.5 to 0.999',
  holds: (value) => typeof value === 'number' && value >= 0.5 && value <= 0.999,
};

const operations: Rule = {
  expected: `a list of ${[...hedged].join(', ')}`,
  holds: (value) => Array.isArray(value) && value.every((one) => hedged.has(one)),
};

const positive: Rule = {
  expected: 'a duration in milliseconds above 0, or Infinity',
  holds: (value) => typeof value === 'number' && value > 0,
};

/** @throws OptionError naming the option, the rule and the value. */
export function resolveHedgeOptions(options: HedgeOptions): ResolvedHedgeOptions {
  checkOptions('hedge', options, {
    percentile,
    minimumCalls: rules.wholeFrom(1),
    minDelayMs: rules.durationMs,
    maxDelayMs: positive,
    maxShare: rules.ratio,
    burst: rules.wholeFrom(1),
    calmMs: rules.durationMs,
    adaptMs: rules.durationMs,
    operations,
    when: rules.callback,
    onHedge: rules.callback,
  });
  const { operations: wanted = defaults.operations, when, onHedge, ...rest } = options;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const resolved = { ...defaults, ...given, operations: new Set(wanted), when, onHedge };
  const { minDelayMs, maxDelayMs } = resolved;
  if (minDelayMs > maxDelayMs)
    throw new OptionError('hedge.maxDelayMs', `no less than minDelayMs ${minDelayMs}`, maxDelayMs);
  return resolved;
}
