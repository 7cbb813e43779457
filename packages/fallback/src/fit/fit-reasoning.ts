import type { ModelCapabilities } from '../models/capabilities.ts';
import { itemsOf } from './content.ts';
import type { Draft } from './draft.ts';
import { offersTools } from './fit-tools.ts';

/** In chat completions a parameter, in responses a field of one. */
const places = ['reasoning_effort', 'reasoning.effort'];

/** From least to most. */
const scale = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Efforts that a model does not have become the nearest that it has; one that does not reason gets none. */
export function fitReasoning(draft: Draft, can: ModelCapabilities): void {
  const { reasoningEfforts: efforts, toolsWithReasoning } = can;
  if (efforts?.length === 0) return withoutReasoning(draft);
  const isWithoutEffort = toolsWithReasoning === false && draft.operation === 'chat' && offersTools(draft);
  for (const place of draft.given(places)) {
    const asked = String(draft.get(place));
    if (isWithoutEffort) {
      if (asked !== 'none') draft.translate(place, 'none', 'in chat completions it calls tools only without reasoning');
    } else if (efforts !== undefined && !efforts.includes(asked))
      draft.translate(place, nearest(asked, efforts), 'the nearest effort that the model has');
  }
}

/** The effort at which the model will work, where it is known. */
export const effortOf = (draft: Draft, { defaultEffort }: ModelCapabilities): unknown =>
  draft.get('reasoning_effort') ?? draft.get('reasoning.effort') ?? defaultEffort;

/** Of two that are equally near the lesser: it costs less. */
function nearest(asked: string, efforts: readonly string[]): string {
  const at = scale.indexOf(scale.includes(asked) ? asked : 'medium');
  const distance = (effort: string): number => Math.abs(scale.indexOf(effort) - at);
  return efforts
    .toSorted((a, b) => scale.indexOf(a) - scale.indexOf(b))
    .reduce((best, effort) => (distance(effort) < distance(best) ? effort : best));
}

function withoutReasoning(draft: Draft): void {
  const reason = 'the model does not reason';
  draft.drop('reasoning_effort', reason);
  const { json, changes } = draft;
  if (draft.get('reasoning.effort') !== undefined) draft.drop('reasoning.effort', reason);
  else if (draft.get('reasoning') !== undefined) draft.drop('reasoning', reason);
  // Whatever else it says of reasoning goes with it.
  delete json['reasoning'];
  withoutIncluded(draft, 'reasoning.encrypted_content', reason);
  // "Reasoning input items can only be provided to a reasoning or computer use model."
  const thoughts = itemsOf(json).filter(({ type }) => type === 'reasoning').length;
  if (thoughts === 0) return;
  json['input'] = (json['input'] as readonly unknown[]).filter((item) => !isThought(item));
  changes.push({ parameter: 'input', action: 'dropped', from: thoughts, reason: 'thoughts of a model that reasons' });
}

const isThought = (item: unknown): boolean => (item as { readonly type?: unknown } | null)?.type === 'reasoning';

/** No longer asks for `what` in the answer. */
export function withoutIncluded(draft: Draft, what: string, reason: string): void {
  const include = draft.get('include');
  if (!Array.isArray(include) || !include.includes(what)) return;
  draft.set(
    'include',
    include.filter((name) => name !== what),
  );
  draft.changes.push({ parameter: 'include', action: 'dropped', from: what, reason });
}
