import type { Call, Outcome } from '@holdfast/core';
import { trace, type Attributes, type Span } from '@opentelemetry/api';
import { key } from './attributes.ts';
import { requestAttributes } from './request-attributes.ts';
import { responseAttributes } from './response-attributes.ts';

/** Operations of the conventions that are one call to a model. */
const inference = new Set(['chat', 'text_completion', 'embeddings', 'generate_content']);

/** The AI SDK names its spans of one call so: `ai.generateText.doGenerate`. */
const ofAiSdk = /\.do(?:Generate|Stream|Embed)$/;

/**
 * The span that somebody else has drawn for the very call that begins now, such as the AI SDK or another
 * instrumentation; `undefined` if there is none.
 */
export function outerSpan(): Span | undefined {
  const active = trace.getActiveSpan();
  if (active?.isRecording() !== true) return undefined;
  const attributes = attributesOf(active);
  const operation = attributes[key.operationName];
  const isInference = typeof operation === 'string' && inference.has(operation);
  const { 'ai.operationId': ofSdk } = attributes;
  return isInference || (typeof ofSdk === 'string' && ofAiSdk.test(ofSdk)) ? active : undefined;
}

/** Adds what a span of somebody else lacks. Its end, its status and what it says already are not ours. */
export function enrich(span: Span, call: Call, outcome: Outcome): void {
  if (!span.isRecording()) return;
  const there = attributesOf(span);
  const ours: Attributes = {
    [key.service]: call.service,
    [key.callId]: call.id,
    ...requestAttributes(call),
    ...responseAttributes(call, outcome),
    [key.ending]: outcome.ending,
  };
  span.setAttributes(Object.fromEntries(Object.entries(ours).filter(([name]) => there[name] === undefined)));
}

/** Spans of the SDK have them; the API does not say so. */
function attributesOf(span: Span): Attributes {
  const { attributes } = span as { readonly attributes?: unknown };
  return typeof attributes === 'object' && attributes !== null ? (attributes as Attributes) : {};
}
