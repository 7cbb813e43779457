import { combined, type RequestFields } from './fields.ts';
import { targetOf, type Message } from './message.ts';
import { SignatureError } from './signature-error.ts';
import { limits } from './verifier-options.ts';

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string;
  /** Absolute, with the origin by which the client reached this server, and nothing in it decoded or tidied up. */
  readonly url: string;
  /** With every line of a field that came more than once. */
  readonly headers: RequestFields;
  /** The bytes as they came, or what reads them: asked only once the signature is known to be good. */
  readonly body?: Uint8Array | string | (() => Promise<Uint8Array>) | undefined;
}

/**
 * The request as a signature covers it.
 *
 * @throws SignatureError for what is no request, is too large or went to another origin.
 */
export function messageOf({ method, url, headers }: ReceivedRequest, origins: readonly string[]): Message {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/.test(method))
    throw new SignatureError('malformed', 'the method is no token');
  if (url.length > limits.target) throw new SignatureError('too_large', 'the URL is too long');
  const target = targetOf(url);
  if (target === undefined)
    throw new SignatureError('malformed', 'the URL is not absolute, or has more in it than origin, path and query');
  if (!origins.includes(`${target.scheme}://${target.authority}`))
    throw new SignatureError('origin_unknown', `the request went to an origin other than ${origins.join(', ')}`);
  const fields = combined(headers);
  return { method, target, field: (name) => fields.get(name) };
}
