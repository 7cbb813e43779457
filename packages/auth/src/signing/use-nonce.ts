import { SignatureError } from './signature-error.ts';
import type { ReceivedSignature } from './signature-fields.ts';
import type { ResolvedVerifierOptions } from './verifier-options.ts';
import { within, wordsOf } from './within.ts';

/** @throws SignatureError when the nonce was used before, or nobody can tell. */
export async function useNonce(
  { keyId, nonce, expires }: ReceivedSignature,
  options: ResolvedVerifierOptions,
): Promise<void> {
  const { nonceStore, clock, nonceTimeoutMs, skewMs } = options;
  let isFirst: unknown;
  try {
    const endMs = expires * 1000 + skewMs;
    isFirst = await within({ clock, timeoutMs: nonceTimeoutMs }, () => nonceStore.use(keyId, nonce, endMs));
  } catch (error) {
    throw new SignatureError('nonce_store_failed', `the nonce store gave no answer: ${wordsOf(error)}`, keyId);
  }
  if (isFirst === false) throw new SignatureError('nonce_replayed', 'the request was accepted before', keyId);
  if (isFirst !== true)
    throw new SignatureError('nonce_store_failed', 'the nonce store said neither yes nor no', keyId);
}
