import type { Call, Outcome } from '@holdfast/core';
import { trace, type Attributes, type Span } from '@opentelemetry/api';
import { scope } from '../scope.ts';
import { key } from './attributes.ts';
import { endAttributes, type TellContent } from './call-span.ts';

/** Operations of the conventions that are one call to a model. */
const inference = new Set(['chat', 'text_completion', 'embeddings', 'generate_content']);

/** The AI SDK names its spans of one call so: `ai.generateText.doGenerate`. */
const ofAiSdk = /\.do(?:Generate|Stream|Embed)$/;

/** Finds spans that somebody else has drawn for a call, such as the AI SDK or another instrumentation. */
export class OuterSpans {
  /** Of calls that began already: one span is not two calls. */
  readonly #taken = new WeakSet<Span>();

  /** The active span, if it is for the very call that begins now; once. */
  take(): Span | undefined {
    const active = trace.getActiveSpan();
    if (active?.isRecording() !== true || this.#taken.has(active) || !isInference(active)) return undefined;
    this.#taken.add(active);
    return active;
  }

  /** A span of ours, which is active while a layer or a tool makes a call of its own. */
  draws(span: Span): void {
    this.#taken.add(span);
  }
}

/** Adds what a span of somebody else lacks. Its end, its status and what it says already are not ours. */
export function enrich(
  span: Span,
  call: Call,
  { outcome, tellContent }: { readonly outcome: Outcome; readonly tellContent: TellContent | undefined },
): void {
  if (!span.isRecording()) return;
  const there = attributesOf(span);
  const { [key.errorType]: _, ...ours } = endAttributes(call, outcome);
  const requestId = call.journey.entries.findLast((entry) => entry.type === 'attempt')?.requestId;
  if (requestId !== undefined) ours[key.requestId] = [requestId];
  if (tellContent !== undefined) Object.assign(ours, tellContent(ours));
  span.setAttributes(Object.fromEntries(Object.entries(ours).filter(([name]) => there[name] === undefined)));
}

function isInference(span: Span): boolean {
  const { [key.operationName]: operation, 'ai.operationId': ofSdk } = attributesOf(span);
  if (typeof ofSdk === 'string' && ofAiSdk.test(ofSdk)) return true;
  return typeof operation === 'string' && inference.has(operation) && scopeOf(span) !== scope.name;
}

/** Spans of the SDK have attributes and a scope; the API does not say so. */
function attributesOf(span: Span): Attributes {
  const { attributes } = span as { readonly attributes?: unknown };
  return typeof attributes === 'object' && attributes !== null ? (attributes as Attributes) : {};
}

function scopeOf(span: Span): unknown {
  const { instrumentationScope } = span as { readonly instrumentationScope?: { readonly name?: unknown } | null };
  return instrumentationScope?.name;
}
