import type { CredentialSource, SourceValue } from '../source.ts';

/** A function of the user's, asked for a token; it may say when that ends. */
type Give = (context: {
  readonly signal: AbortSignal;
  readonly rejected: boolean;
}) => SourceValue | Promise<SourceValue>;

/** A function of the user's as a source of tokens. */
export function functionSource(id: string, give: Give): CredentialSource {
  return {
    id,
    kind: 'token',
    read: ({ signal, rejected }) => give({ signal, rejected: rejected !== undefined }),
  };
}
