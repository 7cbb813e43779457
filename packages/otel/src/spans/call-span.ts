import type { Call, Outcome } from '@holdfast/core';
import { SpanKind, SpanStatusCode, type Attributes, type Span, type Tracer } from '@opentelemetry/api';
import { errorTypeOf } from '../error-type.ts';
import { operationNameOf } from '../operation.ts';
import { key } from './attributes.ts';
import { creationAttributes, requestAttributes } from './request-attributes.ts';
import { responseAttributes } from './response-attributes.ts';

/** Begins the span of a call, with what samplers read. */
export function startSpan(call: Call, tracer: Tracer): Span {
  const operation = operationNameOf(call.route.operation);
  const model = call.root.requestedModel;
  const name = model === undefined ? operation : `${operation} ${model}`;
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: creationAttributes(call) });
}

/** Tells what was said in a call, for which it is given the attributes; returns what goes on the span of it. */
export type TellContent = (attributes: Attributes) => Attributes;

/** Ends the span of a call. Errors that were retried or handled further in are not on this span: the outcome is the caller's. */
export function endSpan(
  span: Span,
  call: Call,
  { outcome, tellContent }: { readonly outcome: Outcome; readonly tellContent: TellContent | undefined },
): void {
  try {
    // All at once, and only now: what is set earlier is held, and looked at, for as long as the call lasts.
    const attributes = endAttributes(call, outcome);
    const isError = attributes[key.errorType] !== undefined;
    if (tellContent !== undefined)
      Object.assign(attributes, tellContent({ ...creationAttributes(call), ...attributes }));
    span.setAttributes(attributes);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
  } finally {
    span.end();
  }
}

/** What the request and the answer say of themselves, and how the call ended. */
export function endAttributes(call: Call, outcome: Outcome): Attributes {
  const answered = outcome.status !== undefined && call.body.stream;
  const errorType = outcome.fault && errorTypeOf(call, outcome.fault, answered);
  const attributes = Object.assign(requestAttributes(call), responseAttributes(call, outcome));
  attributes[key.ending] = errorType === undefined ? outcome.ending : 'failed';
  if (errorType !== undefined) attributes[key.errorType] = errorType;
  return attributes;
}
