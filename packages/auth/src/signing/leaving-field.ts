import type { Call, HeaderChanges } from '@holdfast/core';

/**
 * The value that a field has when the request leaves, or `null`. The credential is set last of all, behind every layer,
 * so what it will be is told from the credential itself.
 */
export function leavingField(call: Call, name: string): string | null {
  if (name !== 'authorization' && name !== 'api-key') return call.header(name);
  const proof = proofOf(call);
  return Object.hasOwn(proof, name) ? (proof[name] as string | null) : call.header(name);
}

function proofOf({ credential }: Call): HeaderChanges {
  if (credential === undefined) return {};
  const value = credential.secret.reveal();
  return credential.header === 'api-key'
    ? { authorization: null, 'api-key': value }
    : { authorization: `Bearer ${value}` };
}
