import { OptionError, type Secret } from '@holdfast/core';
import type { SourceContext } from '../source.ts';
import { fileKey } from './file-key.ts';
import { defaults } from './options.ts';
import { secretGiver } from './store-secret.ts';
import { takeIn } from './take-in.ts';
import { answerFailure, fieldAt, vaultRequest, type VaultServer } from './vault-request.ts';
import type { VaultLogin } from './vault-options.ts';

/** Gives the token that Vault knows us by: the one at hand, or another one in place of `refused`. */
export type VaultSession = (context: SourceContext, refused?: Secret) => Promise<Secret>;

/** @throws OptionError for a login that lacks something; CredentialError for a secret that can be none. */
export function vaultSession(server: VaultServer, login: VaultLogin): VaultSession {
  if ('token' in login) return tokenSession(server.id, login.token);
  const { mount, proof } =
    'appRole' in login ? appRole(server.id, login.appRole) : kubernetes(server.id, login.kubernetes);
  let session: { readonly token: Secret; readonly untilMs: number } | undefined;
  return async ({ signal }, refused) => {
    const isGood = session !== undefined && server.clock.monotonic() < session.untilMs;
    if (session !== undefined && isGood && refused?.equals(session.token) !== true) return session.token;
    const startMs = server.clock.monotonic();
    const answer = await vaultRequest(server, { path: `auth/${mount}/login`, body: await proof({ signal }), signal });
    if (answer.status !== 200) throw answerFailure(`${server.id}: login`, answer.status);
    const token = takeIn(`${server.id}: token of the login`, fieldAt(answer.fields, 'auth', 'client_token'));
    const leaseSeconds = Number(fieldAt(answer.fields, 'auth', 'lease_duration') ?? 0);
    // 0 is a token without an end.
    const lifeMs = leaseSeconds > 0 ? leaseSeconds * 1000 * defaults.vault.loginRatio : Number.POSITIVE_INFINITY;
    session = { token, untilMs: startMs + lifeMs };
    return token;
  };
}

function tokenSession(id: string, given: Extract<VaultLogin, { token: unknown }>['token']): VaultSession {
  const give = secretGiver(`${id}: token`, given);
  return ({ signal }, refused) => give(refused === undefined ? { signal } : { signal, rejected: refused });
}

interface Login {
  readonly mount: string;
  readonly proof: (context: SourceContext) => Promise<Readonly<Record<string, string>>>;
}

function appRole(id: string, given: Extract<VaultLogin, { appRole: unknown }>['appRole']): Login {
  const { roleId, secretId, mount = defaults.vault.appRoleMount } = given;
  checkText('vaultKey.login.appRole.roleId', roleId);
  const give = secretGiver(`${id}: secret id`, secretId);
  return {
    mount: segments(mount),
    proof: async (context) => ({ role_id: roleId, secret_id: (await give(context)).reveal() }),
  };
}

function kubernetes(id: string, given: Extract<VaultLogin, { kubernetes: unknown }>['kubernetes']): Login {
  const { role, jwt = fileKey(defaults.vault.jwtPath), mount = defaults.vault.kubernetesMount } = given;
  checkText('vaultKey.login.kubernetes.role', role);
  const give = secretGiver(`${id}: token of the pod`, jwt);
  return {
    mount: segments(mount),
    proof: async (context) => ({ role, jwt: (await give(context)).reveal() }),
  };
}

function checkText(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new OptionError(option, 'a text that is not empty', typeof value);
}

/** A path as it stands in an address. */
export const segments = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
