import { checkOptions, OptionError, rules, type CircuitEngine, type Clock, type Rule } from '@holdfast/core';
import type { DetailedChange } from './details.ts';

/** When a circuit opens, how long it stays open and what closes it again: the same for every engine. */
export interface CircuitOptions {
  /**
   * How far back outcomes count, in milliseconds. The window moves in ten slices, so an outcome is
   * forgotten when it is between nine tenths of this and all of it old.
   * @defaultValue 60000
   */
  readonly windowMs?: number;
  /**
   * Outcomes that must be in the window before their ratio says anything.
   * @defaultValue 10
   */
  readonly minimumCalls?: number;
  /**
   * Ratio of failures in the window that opens the circuit, inclusive: at 0.5, five of ten do.
   * Looked at when a call fails; a success never opens a circuit.
   * @defaultValue 0.5
   */
  readonly failureThreshold?: number;
  /**
   * Failures in a row, with no success between them, that open the circuit whatever the ratio says and
   * however few calls there were. 0 leaves it to the ratio.
   * @defaultValue 5
   */
  readonly consecutiveFailures?: number;
  /**
   * How long the circuit stays open before it lets probes through, in milliseconds.
   * @defaultValue 30000
   */
  readonly openMs?: number;
  /**
   * Longest open time that a server may ask for, in milliseconds: the `retry-after` of the failure that
   * opened the circuit is a floor under {@link CircuitOptions.openMs}, up to this.
   * @defaultValue 300000
   */
  readonly maxServerWaitMs?: number;
  /**
   * Calls that a half-open circuit lets through. All of them must succeed to close it, the first
   * that fails opens it again; whatever says nothing about the upstream gives its place back.
   * @defaultValue 1
   */
  readonly probes?: number;
  /**
   * How long a probe may take, body included, in milliseconds. One that takes longer counts as failed,
   * so a probe that hangs cannot keep the circuit from trying again.
   * @defaultValue 60000
   */
  readonly probeTimeoutMs?: number;
  /**
   * Circuits kept. Above it the least recently used goes, those that are closed and idle first;
   * open ones stay.
   * @defaultValue 1000
   */
  readonly maxCircuits?: number;
  /** Told after each change of a circuit's state. */
  readonly onStateChange?: (change: DetailedChange) => void;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /** Where a listener that throws is reported. @defaultValue `console.warn` */
  readonly warn?: (message: string, cause?: unknown) => void;
}

/** How `breaker()` behaves. Clock and `warn` come from the pipeline. */
export interface BreakerOptions extends Omit<CircuitOptions, 'clock' | 'warn'> {
  /**
   * An engine to share with other pipelines, or one of your own. It has its own thresholds, so none of
   * the other options may stand beside it, and whoever made it closes it.
   * @defaultValue one for this layer alone
   */
  readonly engine?: CircuitEngine;
}

/** Thresholds with every default in its place. */
export type Thresholds = Required<Omit<CircuitOptions, 'onStateChange' | 'clock' | 'warn'>>;

/** The only place where a default stands. */
export const defaults: Thresholds = Object.freeze({
  windowMs: 60_000,
  minimumCalls: 10,
  failureThreshold: 0.5,
  consecutiveFailures: 5,
  openMs: 30_000,
  maxServerWaitMs: 300_000,
  probes: 1,
  probeTimeoutMs: 60_000,
  maxCircuits: 1000,
});

const someTime: Rule = {
  expected: 'a duration in milliseconds, above 0',
  holds: (value) => rules.durationMs.holds(value) && value !== 0,
};

const thresholdRules: Readonly<Record<keyof Thresholds | 'onStateChange', Rule>> = {
  windowMs: someTime,
  minimumCalls: rules.wholeFrom(1),
  failureThreshold: rules.ratio,
  consecutiveFailures: rules.wholeFrom(0),
  openMs: rules.durationMs,
  maxServerWaitMs: rules.durationMs,
  probes: rules.wholeFrom(1),
  probeTimeoutMs: someTime,
  maxCircuits: rules.wholeFrom(1),
  onStateChange: rules.callback,
};

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  methods.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function');

/** @throws OptionError naming the option, the rule and the value. */
export function checkEngineOptions(factory: string, options: CircuitOptions): void {
  checkOptions(factory, options, {
    ...thresholdRules,
    clock: { expected: 'a clock, with monotonic()', holds: (value) => has(value, 'monotonic') },
    warn: rules.callback,
  });
}

/** @throws OptionError naming the option, the rule and the value. */
export function checkBreakerOptions(options: BreakerOptions): void {
  checkOptions('breaker', options, {
    ...thresholdRules,
    engine: {
      expected: 'a circuit engine, with acquire(), status() and close()',
      holds: (value) => has(value, 'acquire', 'status', 'close'),
    },
  });
  if (options.engine === undefined) return;
  for (const [name, value] of Object.entries(options))
    if (name !== 'engine' && value !== undefined)
      throw new OptionError(`breaker.${name}`, 'nothing beside engine, which has its own (set it there)', value);
}

/** The thresholds among `options`, defaults for those that are not given. */
export function thresholdsOf(options: CircuitOptions): Thresholds {
  const names = Object.keys(defaults) as (keyof Thresholds)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? defaults[name]])) as Thresholds;
}
