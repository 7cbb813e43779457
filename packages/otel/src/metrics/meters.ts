import { createNoopMeter, metrics as globalMetrics, type Meter, type MeterProvider } from '@opentelemetry/api';
import type { Context } from '@holdfast/core';
import type { ResolvedTelemetryOptions } from '../options.ts';
import { scope } from '../scope.ts';
import { instrumentsOf, type Instruments } from './instruments.ts';

/**
 * Finds the meter anew for each call, which costs one look at the global provider: an SDK may be registered after the
 * pipeline was built. Instruments are made once for each provider; none where nobody listens.
 */
export class Meters {
  readonly #options: Pick<ResolvedTelemetryOptions, 'meter' | 'meterProvider' | 'semconv'>;
  #source: MeterProvider | Meter | undefined;
  #instruments: Instruments | undefined;

  constructor(options: Pick<ResolvedTelemetryOptions, 'meter' | 'meterProvider' | 'semconv'>) {
    this.#options = options;
  }

  /** The instruments of the meter that there is now; `undefined` where it is one that keeps nothing. Never throws. */
  current(context: Context): Instruments | undefined {
    const { meter, meterProvider } = this.#options;
    const isGlobal = meterProvider === undefined || (meterProvider as unknown) === globalMetrics;
    const source = meter ?? (isGlobal ? globalMetrics.getMeterProvider() : meterProvider);
    if (source === this.#source) return this.#instruments;
    this.#source = source;
    this.#instruments = undefined;
    const failed = reporter(context);
    try {
      const found = meter ?? (source as MeterProvider).getMeter(scope.name, scope.version);
      if (found !== createNoopMeter()) this.#instruments = instrumentsOf(found, this.#options.semconv, failed);
    } catch (error) {
      failed(error);
    }
    return this.#instruments;
  }
}

/** Says once that a meter throws, as it will do so at every call. */
function reporter({ service, warn }: Context): (error: unknown) => void {
  let isSaid = false;
  return (error) => {
    if (isSaid) return;
    isSaid = true;
    warn(`holdfast ${service}: telemetry could not report metrics; this is said once`, error);
  };
}
