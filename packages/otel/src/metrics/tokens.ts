import { notify, type AttemptEntry, type Context, type Outcome, type Usage } from '@holdfast/core';
import type { TelemetryOptions } from '../options.ts';
import type { Instruments } from './instruments.ts';
import type { Disposition, Labels } from './labels.ts';

/** How the body of one request ended. */
export interface SettledAttempt {
  readonly entry: AttemptEntry;
  readonly outcome: Outcome;
}

/** What tokens are reported with. */
export interface TokenReport {
  readonly instruments: Instruments;
  readonly labels: Labels;
  readonly context: Context;
  readonly costOf: TelemetryOptions['costOf'];
}

/** Reports the tokens of one answer, and what they cost; nothing where the answer does not tell. */
export function recordAttemptTokens(
  { instruments, labels, context, costOf }: TokenReport,
  { entry, outcome }: SettledAttempt,
  disposition: Disposition,
): void {
  const { usage } = outcome;
  if (usage === undefined) return;
  const model = outcome.model ?? entry.model;
  const set = labels.tokens(context.service, model && labels.models.of(model), disposition);
  if (usage.inputTokens > 0) instruments.add('attemptTokens', usage.inputTokens, set.input);
  if (usage.outputTokens > 0) instruments.add('attemptTokens', usage.outputTokens, set.output);
  if (costOf === undefined || model === undefined) return;
  notify(
    context,
    'telemetry.costOf',
    (asked: { readonly model: string; readonly usage: Usage }) => {
      const cost = costOf(asked.model, asked.usage);
      if (typeof cost === 'number' && cost >= 0 && Number.isFinite(cost)) instruments.add('budgetCost', cost, set.cost);
      return cost;
    },
    { model, usage },
  );
}

/**
 * Which of the requests of a call gave what the caller got. A stream that was mended on its way is told apart from its
 * parts; then it is the part with the same id, or the last one that told its tokens.
 */
export function deliveredOf(attempts: readonly SettledAttempt[], outcome: Outcome): SettledAttempt | undefined {
  const same = attempts.find((attempt) => attempt.outcome === outcome);
  if (same !== undefined || outcome.usage === undefined) return same;
  const { responseId } = outcome;
  const telling = attempts.filter((attempt) => attempt.outcome.usage !== undefined);
  return (
    telling.findLast((attempt) => responseId !== undefined && attempt.outcome.responseId === responseId) ??
    telling.at(-1)
  );
}
