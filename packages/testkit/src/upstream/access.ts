import { errorReply, refuse } from './errors.ts';
import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { redactKey } from './keys.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';

/** Paths, below the version, that only an admin key opens. */
const adminPath =
  /^\/(?:organization(?:\/|$)|projects\/[^/]+\/(?:roles|groups|users)(?:\/|$)|fine_tuning\/checkpoints\/[^/]+\/permissions(?:\/|$))/;

const noKey = (): Reply =>
  errorReply(401, {
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
  });

const wrongKey = (key: string): Reply =>
  errorReply(401, {
    message: `Incorrect API key provided: ${redactKey(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    code: 'invalid_api_key',
  });

/** Azure answers in words of its own, and with the status as the code. */
const azureRefusal = (): Reply =>
  jsonReply(
    {
      error: {
        code: '401',
        message:
          'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      },
    },
    401,
  );

const refuseScope = (scope: string): never =>
  refuse(403, {
    message: `You have insufficient permissions for this operation. Missing scopes: ${scope}. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes.`,
    code: 'missing_scope',
  });

/** The refusal if the caller's key does not open this operation; `undefined` if it does. */
export function refusedAccess(state: UpstreamState, request: UpstreamRequest): Reply | undefined {
  const { secret, caller } = request;
  if (secret === undefined || caller === undefined) return request.azure ? azureRefusal() : noKey();
  if (!state.keys.accepts(secret, caller)) return request.azure ? azureRefusal() : wrongKey(secret);
  if (!state.separateAdmins) return undefined;
  const isAdminOperation = adminPath.test(request.path);
  if (isAdminOperation && !caller.admin)
    return refuseScope(`api.management.${request.method === 'GET' ? 'read' : 'write'}`);
  if (!isAdminOperation && caller.admin) return refuseScope('model.request');
  return undefined;
}
