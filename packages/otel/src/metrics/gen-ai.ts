import type { Call, Outcome } from '@holdfast/core';
import type { CallSet } from './call-sets.ts';
import type { Instruments } from './instruments.ts';

/** How a call ended. */
export interface EndedCall {
  readonly call: Call;
  readonly outcome: Outcome;
  /** `undefined` for a success and for what the caller cancelled. */
  readonly errorType: string | undefined;
}

/** Reports the metrics of the GenAI conventions, under the names of every version that is wanted. */
export function recordGenAi(instruments: Instruments, { call, outcome }: EndedCall, set: CallSet): void {
  const isEmbedding = call.route.operation === 'embeddings';
  const elapsedMs = call.journey.elapsedMs();
  const seconds = elapsedMs / 1000;
  instruments.record('operationDuration', seconds, set.ended);
  instruments.record(isEmbedding ? 'embeddingsDuration' : 'inferenceDuration', seconds, set.ended);
  recordChunks(instruments, { outcome, startedMs: Math.max(0, elapsedMs - outcome.durationMs) }, set);
  if (isEmbedding) recordEmbeddingTokens(instruments, outcome, set);
  else recordTokens(instruments, outcome, set);
}

/** @param ended.startedMs - from the start of the call to that of the attempt that the outcome counts from. */
function recordChunks(
  instruments: Instruments,
  { outcome, startedMs }: { readonly outcome: Outcome; readonly startedMs: number },
  set: CallSet,
): void {
  const { events, firstEventMs, durationMs } = outcome;
  if (events === undefined || firstEventMs === undefined) return;
  const first = (startedMs + firstEventMs) / 1000;
  instruments.record('timeToFirstChunk', first, set.plain);
  instruments.record('inferenceTimeToFirstChunk', first, set.plain);
  if (events > 1) {
    const each = Math.max(0, durationMs - firstEventMs) / (events - 1) / 1000;
    instruments.record('timePerOutputChunk', each, set.plain);
  }
}

function recordTokens(instruments: Instruments, { usage }: Outcome, set: CallSet): void {
  if (usage === undefined) return;
  instruments.record('tokenUsage', usage.inputTokens, set.input);
  instruments.record('tokenUsage', usage.outputTokens, set.output);
  instruments.add('inputTokens', usage.inputTokens, set.counted);
  instruments.add('outputTokens', usage.outputTokens, set.counted);
  if (usage.cachedInputTokens > 0) instruments.add('cacheReadTokens', usage.cachedInputTokens, set.counted);
  if (usage.reasoningTokens > 0) instruments.add('reasoningTokens', usage.reasoningTokens, set.counted);
}

function recordEmbeddingTokens(instruments: Instruments, { usage }: Outcome, set: CallSet): void {
  if (usage === undefined) return;
  instruments.record('tokenUsage', usage.inputTokens, set.input);
  instruments.record('embeddingsTokens', usage.inputTokens, set.plain);
}
