import type { CredentialFunction, CredentialSource } from './source.ts';

/** A function of the user's as a source of tokens. */
export function functionSource(id: string, give: CredentialFunction): CredentialSource {
  return {
    id,
    kind: 'token',
    read: ({ signal, rejected }) => give({ signal, rejected: rejected !== undefined }),
  };
}
