import type { Call, Outcome } from '@holdfast/core';
import type { Attributes } from '@opentelemetry/api';
import { key } from './attributes.ts';

/** What the answer says of itself, read only now that the body has ended. */
export function responseAttributes(call: Call, outcome: Outcome): Attributes {
  const attributes: Attributes = { [key.attempts]: call.journey.attempts };
  const { responseId, model, finishReasons, serviceTier, systemFingerprint } = outcome;
  if (responseId !== undefined) attributes[key.responseId] = responseId;
  if (model !== undefined) attributes[key.responseModel] = model;
  if (serviceTier !== undefined) attributes[key.responseServiceTier] = serviceTier;
  if (systemFingerprint !== undefined) attributes[key.systemFingerprint] = systemFingerprint;
  if (finishReasons.length > 0) attributes[key.finishReasons] = [...finishReasons];
  if (call.body.stream && outcome.firstEventMs !== undefined)
    attributes[key.timeToFirstChunk] = firstChunkSeconds(call, outcome.firstEventMs, outcome.durationMs);
  addUsage(attributes, call, outcome);
  return attributes;
}

/** The outcome counts from the attempt that won; the caller has waited since the call began. */
function firstChunkSeconds(call: Call, firstEventMs: number, durationMs: number): number {
  const attemptAtMs = Math.max(0, call.journey.elapsedMs() - durationMs);
  return (attemptAtMs + firstEventMs) / 1000;
}

function addUsage(attributes: Attributes, call: Call, outcome: Outcome): void {
  const { usage } = outcome;
  if (usage === undefined) return;
  attributes[key.inputTokens] = usage.inputTokens;
  if (call.route.operation !== 'embeddings') attributes[key.outputTokens] = usage.outputTokens;
  if (usage.cachedInputTokens > 0) attributes[key.cacheReadTokens] = usage.cachedInputTokens;
  if (usage.reasoningTokens > 0) attributes[key.reasoningTokens] = usage.reasoningTokens;
}
