import {
  checkOptions,
  OptionError,
  rules,
  type CircuitEngine,
  type Clock,
  type Random,
  type Rule,
} from '@holdfast/core';
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
   * A call whose first content comes later than this is slow, in milliseconds: the first content event of a
   * stream, or the whole of a plain answer. So is one that has waited longer and waits still. 0 leaves slow
   * calls alone, as only you know how long your models may think.
   * @defaultValue 0
   */
  readonly slowCallMs?: number;
  /**
   * Ratio of slow calls in the window that opens the circuit, inclusive, of at least
   * {@link CircuitOptions.minimumCalls} that had content or were slow without it.
   * @defaultValue 0.5
   */
  readonly slowCallThreshold?: number;
  /**
   * How long the circuit stays open before it lets probes through, in milliseconds.
   * @defaultValue 5000
   */
  readonly openMs?: number;
  /**
   * Each time that the circuit opens again before it was well, it stays open this many times longer. A short
   * outage is over soon, and a long one is not met with a call every few seconds.
   * @defaultValue 2
   */
  readonly openGrowth?: number;
  /**
   * Longest open time that growth leads to, in milliseconds.
   * @defaultValue 300000
   */
  readonly maxOpenMs?: number;
  /**
   * How much shorter chance may make an open time, as a ratio of it, so that the instances of a service do not
   * probe all at once.
   * @defaultValue 0.1
   */
  readonly openJitterRatio?: number;
  /**
   * Longest open time that a server may ask for, in milliseconds: a `retry-after` of the failures that led
   * to the opening is a floor under the open time for everybody, up to this.
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
   * How long a circuit that has closed takes to let all calls through again, in milliseconds: a tenth of them at
   * first, then more in a straight line. What is refused meanwhile goes to the fallback; without one, 0 closes
   * at once.
   * @defaultValue 10000
   */
  readonly rampMs?: number;
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
  /** @defaultValue `Math.random` */
  readonly random?: Random;
  /** Where a listener that throws is reported. @defaultValue `console.warn` */
  readonly warn?: (message: string, cause?: unknown) => void;
}

/** How `breaker()` behaves. Clock, chance and `warn` come from the pipeline. */
export interface BreakerOptions extends Omit<CircuitOptions, 'clock' | 'random' | 'warn'> {
  /**
   * `observe` keeps circuits, records what would have been refused, and lets every call go.
   * @defaultValue 'enforce'
   */
  readonly mode?: 'enforce' | 'observe';
  /**
   * An engine to share with other pipelines, or one of your own. It has its own thresholds, so none of
   * the other options may stand beside it, and whoever made it closes it.
   * @defaultValue one for this layer alone
   */
  readonly engine?: CircuitEngine;
}

/** Thresholds with every default in its place. */
export type Thresholds = Required<Omit<CircuitOptions, 'onStateChange' | 'clock' | 'random' | 'warn'>>;

/**
 * The only place where a default stands. With them the probes of an outage go 5, 15, 35, 75 and 155 s after it
 * was noticed, and 10 s after the one that succeeds everything is as before: an outage of a minute is over for
 * callers within half a minute of its end.
 */
export const defaults: Thresholds = Object.freeze({
  windowMs: 60_000,
  minimumCalls: 10,
  failureThreshold: 0.5,
  consecutiveFailures: 5,
  slowCallMs: 0,
  slowCallThreshold: 0.5,
  openMs: 5000,
  openGrowth: 2,
  maxOpenMs: 300_000,
  openJitterRatio: 0.1,
  maxServerWaitMs: 300_000,
  probes: 1,
  probeTimeoutMs: 60_000,
  rampMs: 10_000,
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
  slowCallMs: rules.durationMs,
  slowCallThreshold: rules.ratio,
  openMs: rules.durationMs,
  openGrowth: {
    expected: 'a number from 1',
    holds: (value) => typeof value === 'number' && value >= 1 && Number.isFinite(value),
  },
  maxOpenMs: rules.durationMs,
  openJitterRatio: rules.ratio,
  maxServerWaitMs: rules.durationMs,
  probes: rules.wholeFrom(1),
  probeTimeoutMs: someTime,
  rampMs: rules.durationMs,
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
    random: rules.callback,
    warn: rules.callback,
  });
}

/** @throws OptionError naming the option, the rule and the value. */
export function checkBreakerOptions(options: BreakerOptions): void {
  checkOptions('breaker', options, {
    ...thresholdRules,
    mode: { expected: "'enforce' or 'observe'", holds: (value) => value === 'enforce' || value === 'observe' },
    engine: {
      expected: 'a circuit engine, with acquire(), status() and close()',
      holds: (value) => has(value, 'acquire', 'status', 'close'),
    },
  });
  if (options.engine === undefined) return;
  for (const [name, value] of Object.entries(options))
    if (name !== 'engine' && name !== 'mode' && value !== undefined)
      throw new OptionError(`breaker.${name}`, 'nothing beside engine, which has its own (set it there)', value);
}

/** The thresholds among `options`, defaults for those that are not given. */
export function thresholdsOf(options: CircuitOptions): Thresholds {
  const names = Object.keys(defaults) as (keyof Thresholds)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? defaults[name]])) as Thresholds;
}
