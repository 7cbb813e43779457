import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import { stringOf } from './json.ts';

/** How long a token lives, in seconds. */
const lifetimeSeconds = 3600;

/** The OAuth endpoint has errors of its own shape. */
const oauthError = (error: string, description: string): Reply =>
  jsonReply({ error, error_description: description }, 400);

const isExchange = (grant: string): boolean => grant === 'urn:ietf:params:oauth:grant-type:token-exchange';

const knownGrants = new Set(['client_credentials', 'refresh_token', 'authorization_code']);

const exchange: Handler = (state, request) => {
  const { json } = request;
  const grant = stringOf(json['grant_type']) ?? '';
  if (isExchange(grant) && stringOf(json['subject_token']) === undefined)
    return oauthError('invalid_request', 'Missing required parameter: subject_token.');
  if (!isExchange(grant) && !knownGrants.has(grant))
    return oauthError('unsupported_grant_type', `Unknown grant type '${grant}'.`);
  const token = state.nextId('eyFakeAccessToken-');
  state.keys.add({ key: token, label: 'oauth', expiresAtMs: state.clock.now() + lifetimeSeconds * 1000 });
  return jsonReply({
    access_token: token,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
  });
};

/** Token exchange and its neighbours: the token that comes out is accepted until it expires. */
export const oauthRoutes: Routes = { 'POST /oauth/token': exchange };
