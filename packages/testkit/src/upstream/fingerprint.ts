/** A number that follows from a text. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The `system_fingerprint` of a model. */
export const fingerprint = (model: string): string => `fp_${hashText(model).toString(16).padStart(8, '0')}cf`;
