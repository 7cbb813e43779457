import type { Call, Context, LayerEvent, Onion } from '@holdfast/core';
import type { ResolvedTelemetryOptions } from '../options.ts';
import { AttemptSets } from './attempt-sets.ts';
import { CallRecord } from './call-record.ts';
import { CallSets } from './call-sets.ts';
import { Gauges } from './gauges.ts';
import type { Instruments } from './instruments.ts';
import { Labels } from './labels.ts';
import { reportEvent } from './layer-events.ts';
import { Meters } from './meters.ts';
import { ReadingAttributes } from './reading-attributes.ts';
import type { Means, Surroundings } from './surroundings.ts';

/** The metrics of one layer. Nothing here throws, and without an SDK nothing is counted. */
export class Metrics {
  readonly #meters: Meters;
  readonly #means: Means;
  readonly #readings: ReadingAttributes;
  readonly #gauges: Gauges;
  /** Pipelines with circuits. */
  readonly #withBreaker = new WeakSet<Context>();
  #context: Context | undefined;
  /** What the calls of the pipeline that was seen last are reported with. */
  #latest: { readonly context: Context; readonly surroundings: Surroundings } | undefined;

  constructor(options: ResolvedTelemetryOptions) {
    const labels = new Labels();
    const { costOf } = options;
    this.#meters = new Meters(options);
    this.#means = { labels, costOf, calls: new CallSets(labels), attempts: new AttemptSets(labels) };
    this.#readings = new ReadingAttributes(labels);
    this.#gauges = new Gauges(this.#readings);
  }

  /** A pipeline was built. */
  assembled(onion: Onion): void {
    const { context, layers } = onion;
    this.#context = context;
    if (layers.some(({ layer }) => layer === 'breaker')) this.#withBreaker.add(context);
    this.#gauges.watch(onion);
    this.#instruments(context);
  }

  /** A call begins; `undefined` where nobody counts. */
  begin(call: Call): CallRecord | undefined {
    const { context } = call;
    const instruments = this.#instruments(context);
    return instruments && new CallRecord(call, this.#surroundingsOf(context, instruments));
  }

  /** A layer of a pipeline tells something. */
  event(event: LayerEvent): void {
    const instruments = this.#context && this.#instruments(this.#context);
    if (instruments !== undefined) reportEvent(event, instruments, this.#readings);
  }

  /** Reads no layer any more, unless another call comes. */
  close(): void {
    this.#gauges.attach(undefined);
  }

  #instruments(context: Context): Instruments | undefined {
    const instruments = this.#meters.current(context);
    this.#gauges.attach(instruments);
    return instruments;
  }

  #surroundingsOf(context: Context, instruments: Instruments): Surroundings {
    const latest = this.#latest;
    if (latest?.context === context && latest.surroundings.instruments === instruments) return latest.surroundings;
    const surroundings = { ...this.#means, instruments, hasBreaker: this.#withBreaker.has(context) };
    this.#latest = { context, surroundings };
    return surroundings;
  }
}
