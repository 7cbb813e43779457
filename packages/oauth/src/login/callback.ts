import { OAuthError } from '../oauth-error.ts';
import { printableError } from '../provider/provider-error.ts';

/** What a provider said when it sent the browser back. */
export interface Callback {
  /** The redirect URI with the query that came. */
  readonly url: URL;
  readonly state: string;
  readonly code: string | undefined;
  readonly issuer: string | undefined;
  readonly error: string | undefined;
}

/** Parameters of the response to a code flow, each of which stands at most once. */
const known = ['state', 'code', 'iss', 'error', 'error_description', 'error_uri'];

/** Parameters of other flows: tokens in an address, and answers wrapped in a token. */
const foreign = ['id_token', 'access_token', 'token', 'response'];

/**
 * Reads a callback.
 *
 * @param callbackUrl - where the browser came to: absolute, or the path with its query, as Node and express tell it.
 * @throws OAuthError of code `callback_mismatch`, `callback_malformed` or `state_missing`.
 */
export function readCallback(callbackUrl: string | URL, redirectUri: URL): Callback {
  const url = parsed(callbackUrl, redirectUri);
  if (url === undefined || url.origin !== redirectUri.origin || url.pathname !== redirectUri.pathname)
    throw new OAuthError('callback_mismatch', `The callback did not come to ${redirectUri.pathname} of the app.`);
  const parameters = url.searchParams;
  for (const name of known)
    if (parameters.getAll(name).length > 1) throw malformed(`${name} stands in it more than once`);
  for (const name of foreign) if (parameters.has(name)) throw malformed(`${name} belongs to another flow`);
  const state = parameters.get('state');
  if (!state) throw new OAuthError('state_missing', 'The callback has no state, so it belongs to no login.');
  const [code, issuer, error] = ['code', 'iss', 'error'].map((name) => parameters.get(name) ?? undefined);
  if (error === undefined && !code) throw malformed('there is neither code nor error in it');
  // Sent on as the redirect URI was registered, however the app was reached.
  const sent = new URL(redirectUri);
  sent.search = parameters.toString();
  return { url: sent, state, code, issuer, error };
}

/** The answer that no code was given. */
export function refusedCallback({ error }: Callback): OAuthError {
  const providerError = printableError(error);
  const named = providerError === undefined ? '' : `: ${providerError}`;
  return new OAuthError('authorization_refused', `The login was refused by the user or the provider${named}.`, {
    providerError,
  });
}

function parsed(callbackUrl: string | URL, redirectUri: URL): URL | undefined {
  const address = String(callbackUrl);
  return URL.canParse(address, redirectUri) ? new URL(address, redirectUri) : undefined;
}

const malformed = (why: string): OAuthError =>
  new OAuthError('callback_malformed', `The callback is none of a code flow: ${why}.`);
