/** Characters looked at over the whole of a long text, and at its end. */
const samples = 64;

/**
 * A number by which a text is known again: its length and a hash over a sample of it. Two texts may share one,
 * and nothing of a text can be told from it. `undefined` for what is no text.
 */
export function textPrint(text: unknown): number | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  const { length } = text;
  let hash = length;
  const step = Math.max(1, Math.floor(length / samples));
  for (let at = 0; at < length; at += step) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  // Prompts that share a long beginning differ at their end.
  if (step > 1)
    for (let at = Math.max(0, length - samples); at < length; at++)
      hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash >>> 0;
}
