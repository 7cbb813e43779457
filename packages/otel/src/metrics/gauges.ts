import type { Context, Onion, Reading } from '@holdfast/core';
import type { Attributes, BatchObservableResult } from '@opentelemetry/api';
import type { Gauge, Instruments } from './instruments.ts';
import type { MetricRow } from './metric-row.ts';
import type { ReadingAttributes } from './reading-attributes.ts';

/** A layer that gives readings, as far as telemetry needs it. */
type Layer = Onion['layers'][number];

/** A pipeline that is let go of when nobody else holds it. */
interface Kept {
  readonly context: WeakRef<Context>;
  readonly layers: readonly WeakRef<Layer>[];
}

/** What the gauges stand at: by metric, then by attributes. */
type Levels = Map<Gauge, Map<Attributes, number>>;

/**
 * Reads the layers of pipelines whenever metrics are collected. A meter lives as long as the process, so the pipelines
 * are held weakly: one that nobody uses any more is not read.
 */
export class Gauges {
  readonly #attributes: ReadingAttributes;
  readonly #pipelines = new Set<Kept>();
  #instruments: Instruments | undefined;
  readonly #callback = (result: BatchObservableResult): void => this.#observe(result);

  constructor(attributes: ReadingAttributes) {
    this.#attributes = attributes;
  }

  /** Reads the layers of a pipeline from now on. */
  watch({ context, layers }: Onion): void {
    const reading = layers.filter((layer) => 'readings' in layer && layer.readings !== undefined);
    if (reading.length === 0) return;
    const refs = reading.map((layer) => new WeakRef(layer));
    this.#pipelines.add({ context: new WeakRef(context), layers: refs });
  }

  /** Is read through these instruments, and through no others any more. Never throws. */
  attach(instruments: Instruments | undefined): void {
    if (instruments === this.#instruments) return;
    const before = this.#instruments;
    this.#instruments = instruments;
    before?.unobserve(this.#callback);
    instruments?.observe(this.#callback);
  }

  #observe(result: BatchObservableResult): void {
    const levels: Levels = new Map();
    for (const kept of this.#pipelines) {
      const context = kept.context.deref();
      if (context === undefined) this.#pipelines.delete(kept);
      else for (const layer of kept.layers) this.#read(layer.deref(), context, levels);
    }
    for (const [{ gauge }, values] of levels)
      for (const [attributes, value] of values) result.observe(gauge, value, attributes);
  }

  #read(layer: Layer | undefined, context: Context, levels: Levels): void {
    if (layer === undefined || !('readings' in layer) || layer.readings === undefined) return;
    try {
      for (const reading of layer.readings(context)) this.#take(reading, context.service, levels);
    } catch (error) {
      context.warn(`holdfast ${context.service}: the readings of ${layer.name} could not be taken`, error);
    }
  }

  #take({ name, value, attributes: about }: Reading, service: string, levels: Levels): void {
    const gauge = this.#instruments?.gauges.get(`holdfast.${name}`);
    if (gauge === undefined || !Number.isFinite(value)) return;
    const { row } = gauge;
    let values = levels.get(gauge);
    if (values === undefined) {
      values = new Map();
      levels.set(gauge, values);
    }
    const attributes = this.#attributes.of(service, row, about);
    // Layers tell durations in milliseconds.
    values.set(attributes, merged(row, values.get(attributes), row.unit === 's' ? value / 1000 : value));
  }
}

/** What stands for two things that attributes do not tell apart. */
function merged({ merge }: MetricRow, before: number | undefined, value: number): number {
  if (before === undefined) return value;
  if (merge === 'sum') return before + value;
  return merge === 'min' ? Math.min(before, value) : Math.max(before, value);
}
