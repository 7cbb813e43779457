/** Characters looked at over the whole of a long body, and at its end. */
const samples = 64;

/**
 * A number by which a body is known again: its length and a hash over a sample of it. Two bodies may share one,
 * and nothing of a body can be told from it. `undefined` for what is no text.
 */
export function bodyPrint(body: unknown): number | undefined {
  if (typeof body !== 'string' || body === '') return undefined;
  const { length } = body;
  let hash = length;
  const step = Math.max(1, Math.floor(length / samples));
  for (let at = 0; at < length; at += step) hash = (Math.imul(hash, 31) + body.charCodeAt(at)) | 0;
  // Prompts that share a long beginning differ at their end.
  if (step > 1)
    for (let at = Math.max(0, length - samples); at < length; at++)
      hash = (Math.imul(hash, 31) + body.charCodeAt(at)) | 0;
  return hash >>> 0;
}
