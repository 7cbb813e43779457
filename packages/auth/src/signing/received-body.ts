import { Buffer } from 'node:buffer';
import { checkDigest } from './content-digest.ts';
import type { Message } from './message.ts';
import type { ReceivedRequest } from './received.ts';
import { SignatureError } from './signature-error.ts';
import type { ReceivedSignature } from './signature-fields.ts';
import { limits } from './verifier-options.ts';
import { wordsOf } from './within.ts';

/**
 * The bytes that came, read now if they have not been.
 *
 * @throws SignatureError when they cannot be read, or are too many.
 */
export async function bodyOf({ body }: ReceivedRequest, keyId: string): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (typeof body !== 'function') return body;
  let bytes: unknown;
  try {
    bytes = await body();
  } catch (error) {
    if (error instanceof SignatureError) throw new SignatureError(error.code, error.message, keyId);
    throw new SignatureError('body_unreadable', `the body could not be read: ${wordsOf(error)}`, keyId);
  }
  if (!(bytes instanceof Uint8Array)) throw new SignatureError('body_unreadable', 'the body is no Uint8Array', keyId);
  return bytes;
}

/**
 * Whoever sends a body signs it, and a digest that nobody signed is no digest.
 *
 * @throws SignatureError for a body that is not the one signed.
 */
export function checkBody(message: Message, { covered, keyId }: ReceivedSignature, body: Uint8Array): void {
  const field = message.field('content-digest');
  if (body.byteLength === 0 && field === undefined) return;
  // What a body means depends on its type, and on its encoding where it has one.
  const required = ['content-digest', 'content-type'];
  if (message.field('content-encoding') !== undefined) required.push('content-encoding');
  const missing = required.filter((name) => !covered.items.includes(name));
  if (missing.length > 0)
    throw new SignatureError('coverage_missing', `with a body, ${missing.join(', ')} has to be covered`, keyId);
  if (field === undefined) throw new SignatureError('component_missing', 'there is no Content-Digest', keyId);
  if (field.length > limits.contentDigest)
    throw new SignatureError('too_large', `Content-Digest is longer than ${limits.contentDigest} characters`, keyId);
  const verdict = checkDigest(field, body);
  if (verdict === 'malformed')
    throw new SignatureError('malformed', 'Content-Digest is not written as RFC 9530 has it', keyId);
  if (verdict === 'unknown')
    throw new SignatureError('digest_unknown', 'the digest is neither sha-256 nor sha-512', keyId);
  if (verdict === 'mismatch') throw new SignatureError('digest_mismatch', 'the body is not the one signed', keyId);
}
