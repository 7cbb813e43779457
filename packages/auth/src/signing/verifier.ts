import { OptionError } from '@holdfast/core';
import { bodyOf, checkBody } from './received-body.ts';
import { componentValue, signatureBase, type Message } from './message.ts';
import { messageOf, type ReceivedRequest } from './received.ts';
import { SignatureError } from './signature-error.ts';
import { signatureOf, type ReceivedSignature } from './signature-fields.ts';
import type { ReadyVerificationKey } from './verification-key.ts';
import {
  limits,
  resolveVerifierOptions,
  type ResolvedVerifierOptions,
  type VerifierOptions,
} from './verifier-options.ts';
import { useNonce } from './use-nonce.ts';
import { checkExpiry, checkWindow } from './window.ts';
import { within, wordsOf } from './within.ts';

/** A request that was accepted, for the first and only time. */
export interface VerifiedRequest {
  /** Who signed it. */
  readonly keyId: string;
  readonly tag: string;
  /** When it was signed, in milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
  /** The bytes that were signed; empty where there are none. Work with these and read no others. */
  readonly body: Uint8Array;
}

/** Checks requests that {@link sign} has signed. */
export interface Verifier {
  /** @throws SignatureError for every request that is not accepted. */
  verify(request: ReceivedRequest): Promise<VerifiedRequest>;
}

/**
 * Makes a verifier for a server in front of the API: exactly one signature, over everything that counts, by a known key,
 * of now, and never twice. Whatever is in doubt is refused.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function verifier(options: VerifierOptions): Verifier {
  const resolved = resolveVerifierOptions(options);
  return { verify: (request) => verified(request, resolved) };
}

async function verified(request: ReceivedRequest, options: ResolvedVerifierOptions): Promise<VerifiedRequest> {
  const message = messageOf(request, options.origins);
  const signature = signatureOf(message, options);
  const { keyId, tag, created } = signature;
  requireCovered(signature, ['@method', '@target-uri', ...options.fields]);
  checkWindow(signature, options);
  const base = signatureBase(valuesOf(message, signature), signature.covered);
  const key = await keyOf(signature, options);
  if (!key.isValid(base, signature.bytes))
    throw new SignatureError('signature_invalid', 'the signature is not of this request by this key', keyId);
  const body = await bodyOf(request, keyId);
  checkBody(message, signature, body);
  // Last, so that nobody but the owner of the key can use up a nonce.
  await useNonce(signature, options);
  // While somebody was waited for, the end may have come, and with it the store may have forgotten.
  checkExpiry(signature, options);
  return { keyId, tag, createdAtMs: created * 1000, body };
}

function requireCovered({ covered }: ReceivedSignature, required: readonly string[]): void {
  const missing = required.filter((name) => !covered.items.includes(name));
  if (missing.length > 0) throw new SignatureError('coverage_missing', `${missing.join(', ')} has to be covered`);
}

function valuesOf(message: Message, { covered }: ReceivedSignature): string[] {
  return covered.items.map((name) => {
    const value = componentValue(message, name);
    if (value === undefined)
      throw new SignatureError(
        'component_missing',
        'something is covered that the request does not have in plain ASCII',
      );
    // A URL is as long as it may be, and was measured before.
    if (!name.startsWith('@') && value.length > limits.value)
      throw new SignatureError('too_large', `a covered field is longer than ${limits.value} characters`);
    return value;
  });
}

async function keyOf(
  { keyId, alg }: ReceivedSignature,
  options: ResolvedVerifierOptions,
): Promise<ReadyVerificationKey> {
  const { keys, clock, keyTimeoutMs, ready } = options;
  if (alg !== 'hmac-sha256' && alg !== 'ed25519')
    throw new SignatureError('algorithm_unknown', 'the algorithm is neither hmac-sha256 nor ed25519');
  let isRevoked: boolean;
  let key: ReadyVerificationKey | undefined;
  try {
    const found = await within({ clock, timeoutMs: keyTimeoutMs }, (signal) => keys(keyId, { signal }));
    // Databases say null for nothing.
    const given = found ?? undefined;
    const revoked: unknown = given?.revoked;
    // Anything but a plain no is a yes: whoever writes it means it.
    isRevoked = revoked !== undefined && revoked !== false;
    key = given === undefined ? undefined : ready(given);
  } catch (error) {
    const words = error instanceof OptionError ? error.message : wordsOf(error);
    throw new SignatureError('key_lookup_failed', `the key could not be looked up: ${words}`);
  }
  if (key === undefined) throw new SignatureError('key_unknown', 'nobody knows the key');
  if (isRevoked) throw new SignatureError('key_revoked', 'the key is revoked', keyId);
  if (key.alg !== alg) throw new SignatureError('algorithm_mismatch', `the key is for ${key.alg}`, keyId);
  return key;
}
