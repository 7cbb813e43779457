import type { ModelCapabilities } from '../models/capabilities.ts';
import type { Draft } from './draft.ts';

/**
 * Vectors of two models cannot be compared, even where they are equally long, and whoever stores them would find out
 * late. So another model embeds only for those who have said how long its vectors are to be, and they are told.
 */
export function fitEmbeddings(draft: Draft, model: string, can: ModelCapabilities | undefined): string | undefined {
  const from = draft.json['model'];
  const asked = draft.get('dimensions');
  if (from !== model && asked === undefined)
    return 'vectors of another model cannot be compared with those of the one that was asked for';
  if (asked !== undefined && can?.dimensions !== undefined) {
    const isOwn = asked === can.dimensions;
    const isPossible = can.customDimensions === true && typeof asked === 'number' && asked <= can.dimensions;
    if (!isOwn && !isPossible) return `its vectors have ${can.dimensions} dimensions`;
    if (can.customDimensions === false) draft.drop('dimensions', 'the model has no other');
  }
  if (from === model || can === undefined) return undefined;
  const reason = 'vectors of two models cannot be compared';
  draft.changes.push({ parameter: 'model', action: 'translated', from: String(from), to: model, reason });
  return undefined;
}
