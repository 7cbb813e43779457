import { SignatureError } from './signature-error.ts';
import type { ReceivedSignature } from './signature-fields.ts';
import type { ResolvedVerifierOptions } from './verifier-options.ts';

type Window = Pick<ReceivedSignature, 'created' | 'expires'>;

/** @throws SignatureError for a signature that does not hold now, or would hold for too long. */
export function checkWindow({ created, expires }: Window, options: ResolvedVerifierOptions): void {
  const { clock, skewMs, maxAgeMs } = options;
  const nowMs = clock.now();
  const createdMs = created * 1000;
  if (createdMs > nowMs + skewMs)
    throw new SignatureError('created_in_future', `created more than ${skewMs} ms from now; compare the clocks`);
  if (createdMs < nowMs - maxAgeMs) throw new SignatureError('too_old', `created more than ${maxAgeMs} ms ago`);
  if (expires <= created || (expires - created) * 1000 > maxAgeMs)
    throw new SignatureError('window_invalid', `ends before it begins, or more than ${maxAgeMs} ms after`);
  checkExpiry({ expires }, options);
}

/** @throws SignatureError for a signature that has ended. */
export function checkExpiry({ expires }: Pick<Window, 'expires'>, { clock }: ResolvedVerifierOptions): void {
  if (clock.now() >= expires * 1000) throw new SignatureError('expired', 'the signature has ended');
}
