import { context, SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api';

interface ModelCall {
  readonly callId: string;
}

/** Spans of calls to models as an integration for the AI SDK draws them: active while it runs, ended at its end. */
export class ModelCallSpans {
  readonly #attributes: Attributes;
  readonly #spans = new Map<string, Span>();

  /** @param attributes - those that it has from the beginning. */
  constructor(attributes: Attributes) {
    this.#attributes = attributes;
  }

  readonly executeLanguageModelCall = <T>({
    callId,
    execute,
  }: ModelCall & { readonly execute: () => PromiseLike<T> }): PromiseLike<T> => {
    const span = trace.getTracer('ai').startSpan('chat', { kind: SpanKind.CLIENT, attributes: this.#attributes });
    this.#spans.set(callId, span);
    return context.with(trace.setSpan(context.active(), span), execute);
  };

  readonly onLanguageModelCallEnd = ({ callId }: ModelCall): void => {
    this.#spans.get(callId)?.end();
    this.#spans.delete(callId);
  };
}
