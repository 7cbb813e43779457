import type { CredentialSource } from '../src/source.ts';
import { vaultKey } from '../src/sources/vault-key.ts';
import type { VaultKeyOptions } from '../src/sources/vault-options.ts';
import { farEnd, type Answered, type Came, type FarEnd } from './far-end.ts';

/** A Vault on this machine: what it holds and whom it knows can be changed while it runs. */
export interface FakeVault extends FarEnd {
  /** Secrets of the key-value engine at `secret/`, by path, oldest version first. */
  readonly stored: Map<string, readonly unknown[]>;
  /** Tokens that may read. */
  readonly tokens: Set<string>;
  /** How each role logs in, by mount: the body that is right, and the life of the token in seconds. */
  readonly logins: Map<string, { readonly body: object; readonly leaseSeconds: number }>;
  /** Answers in place of the usual ones, by path. */
  readonly instead: Map<string, Answered | undefined>;
}

/** Starts a Vault for the test that runs. What goes wrong is answered with texts that quote what came. */
export async function fakeVault(): Promise<FakeVault> {
  const parts = {
    stored: new Map<string, readonly unknown[]>(),
    tokens: new Set<string>(['root']),
    logins: new Map<string, { readonly body: object; readonly leaseSeconds: number }>(),
    instead: new Map<string, Answered | undefined>(),
  };
  let logins = 0;
  let leases = 0;

  const refused = (status: number, { headers, body }: Came): Answered => ({
    status,
    body: { errors: [`${status}: ${String(headers['x-vault-token'])} ${body}`] },
  });
  const login = (came: Came, mount: string): Answered => {
    const role = parts.logins.get(mount);
    if (role === undefined || came.body !== JSON.stringify(role.body)) return refused(400, came);
    const token = `hvs.login-${++logins}`;
    parts.tokens.add(token);
    return { body: { auth: { client_token: token, lease_duration: role.leaseSeconds, renewable: true } } };
  };
  const read = (came: Came, path: string, query: URLSearchParams): Answered => {
    if (!parts.tokens.has(String(came.headers['x-vault-token']))) return refused(403, came);
    const versions = parts.stored.get(path);
    const version = Number(query.get('version') ?? versions?.length);
    const data = versions?.[version - 1];
    return data === undefined ? refused(404, came) : { body: { lease_id: '', data: { data, metadata: { version } } } };
  };

  const end = await farEnd((came) => {
    const { pathname, searchParams } = new URL(came.path, 'http://vault');
    if (parts.instead.has(pathname)) return parts.instead.get(pathname);
    if (came.headers['x-vault-request'] !== 'true') return refused(412, came);
    const mount = /^\/v1\/auth\/(.+)\/login$/.exec(pathname)?.[1];
    if (mount !== undefined) return came.method === 'POST' ? login(came, mount) : refused(405, came);
    const path = /^\/v1\/secret\/data\/(.+)$/.exec(pathname)?.[1];
    if (path !== undefined) return read(came, decodeURIComponent(path), searchParams);
    if (pathname !== '/v1/openai/creds/search') return refused(404, came);
    const lease = ++leases;
    const data = { api_key: `leased-${lease}` };
    return { body: { lease_id: `openai/creds/search/${lease}`, lease_duration: 3600, renewable: true, data } };
  });
  return { ...end, ...parts };
}

/** The key of the usual path in `vault`. */
export const at = (
  { address }: { readonly address: string },
  options: Partial<VaultKeyOptions> = {},
): CredentialSource => vaultKey({ address, path: 'openai/prod', login: { token: 'root' }, ...options });

/** A Vault with a secret at the usual path, oldest version first. */
export const holding = async (...versions: readonly unknown[]): Promise<FakeVault> => {
  const vault = await fakeVault();
  vault.stored.set('openai/prod', versions);
  return vault;
};
