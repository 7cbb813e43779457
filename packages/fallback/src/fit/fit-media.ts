import type { ModelCapabilities } from '../models/capabilities.ts';
import { isImage, isSound, itemsOf, partsOf } from './content.ts';
import { isObject, type Draft } from './draft.ts';

/** Images and sound cannot be put into other words: a model takes them or is none for this request. */
export function fitMedia(draft: Draft, { vision, audio }: ModelCapabilities): string | undefined {
  const { json } = draft;
  if (vision === false && partsOf(json).some(isImage)) return 'it takes no images';
  if (audio !== false) return undefined;
  if (partsOf(json).some(isSound)) return 'it takes no sound';
  // An earlier answer that was spoken is referred to by its id.
  if (itemsOf(json).some((message) => isObject(message['audio']))) return 'it takes no sound';
  const modalities = draft.get('modalities');
  if (Array.isArray(modalities) && modalities.includes('audio')) return 'it gives no sound';
  draft.drop('audio', 'the model gives no sound');
  return undefined;
}
