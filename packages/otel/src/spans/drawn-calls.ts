import type { Call, Outcome } from '@holdfast/core';
import { context, isSpanContextValid, trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { contentTold, whereTold } from '../content/telling.ts';
import type { ResolvedTelemetryOptions } from '../options.ts';
import { tracersOf } from '../tracers.ts';
import { endSpan, startSpan, type TellContent } from './call-span.ts';
import { enrich, OuterSpans } from './outer-span.ts';

/** The span of a call, active further in. */
export interface DrawnCall {
  readonly tracer: Tracer;
  readonly span: Span;
  readonly within: Context;
  /** Somebody else has drawn it. */
  readonly isOuter: boolean;
}

/** Draws the spans of calls, or finds those that somebody else has drawn. */
export class DrawnCalls {
  readonly #options: ResolvedTelemetryOptions;
  readonly #tracerNow: () => Tracer;
  readonly #outerSpans = new OuterSpans();

  constructor(options: ResolvedTelemetryOptions) {
    this.#options = options;
    this.#tracerNow = tracersOf(options.tracer, options.tracerProvider);
  }

  /** `undefined` where there is neither an SDK nor a trace to hand on. */
  draw(call: Call): DrawnCall | undefined {
    try {
      return this.#draw(call);
    } catch (error) {
      call.context.warn(`holdfast ${call.service}: telemetry could not draw a call`, error);
      return undefined;
    }
  }

  end({ span, within, isOuter }: DrawnCall, call: Call, outcome: Outcome): void {
    const { captureContent, redact, maxContentChars } = this.#options;
    const capture = whereTold(captureContent);
    const tell: TellContent = (attributes) =>
      contentTold(call, outcome, { capture, redact, maxContentChars, within, attributes });
    const tellContent = capture === 'none' ? undefined : tell;
    if (isOuter) enrich(span, call, { outcome, tellContent });
    else endSpan(span, call, { outcome, tellContent });
  }

  #draw(call: Call): DrawnCall | undefined {
    const tracer = this.#tracerNow();
    const outer = this.#options.outerSpan === 'enrich' ? this.#outerSpans.take() : undefined;
    if (outer !== undefined) return { tracer, span: outer, within: context.active(), isOuter: true };
    const span = startSpan(call, tracer);
    if (!span.isRecording() && !isSpanContextValid(span.spanContext())) return undefined;
    this.#outerSpans.draws(span);
    return { tracer, span, within: trace.setSpan(context.active(), span), isOuter: false };
  }
}
