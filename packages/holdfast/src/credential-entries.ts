import {
  awsSecret,
  azureSecret,
  entraToken,
  envKeys,
  execKey,
  fileKey,
  gcpSecret,
  vaultKey,
  type CredentialInput,
  type CredentialSet,
  type CredentialSource,
  type Environment,
  type StoreSecret,
} from '@holdfast/auth';
import { z } from 'zod';

const text = z.string().min(1);

/** The name of a variable. A key that stands here by mistake is none. */
export const envName: z.ZodType<string> = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable (A–Z, 0–9, _)');

/** A secret that proves something to Vault: by the variable or the file that holds it. */
const storeSecret = z.union([z.strictObject({ env: envName }), z.strictObject({ file: text })], {
  error: '{ env: NAME } or { file: PATH }; a secret itself does not belong into a file',
});

const vaultLogin = z.union(
  [
    z.strictObject({ token: storeSecret }),
    z.strictObject({ appRole: z.strictObject({ roleId: text, secretId: storeSecret, mount: text.optional() }) }),
    z.strictObject({ kubernetes: z.strictObject({ role: text, mount: text.optional() }) }),
  ],
  { error: '{ token }, { appRole } or { kubernetes }' },
);

const kinds = {
  env: z.union([envName, z.array(envName).min(1)]),
  file: text,
  exec: z.strictObject({ command: text, args: z.array(z.string()).optional(), timeoutMs: z.number().gt(0).optional() }),
  vault: z.strictObject({
    address: z.url(),
    path: text,
    login: vaultLogin,
    engine: z.enum(['kv2', 'dynamic']).optional(),
    mount: text.optional(),
    field: text.optional(),
    version: z.number().int().min(1).optional(),
    namespace: text.optional(),
  }),
  aws: z.strictObject({ secretId: text, field: text.optional(), region: text.optional() }),
  gcp: z.strictObject({ name: text, field: text.optional() }),
  azure: z.strictObject({ vaultUrl: z.url(), name: text, version: text.optional(), field: text.optional() }),
  entra: z.strictObject({ scope: text.optional() }),
};

const error =
  '{ env: NAME }, { file: PATH }, { exec }, { vault }, { aws }, { gcp }, { azure } or { entra }; a key itself does not belong into a file';

const entry = z.union(
  Object.entries(kinds).map(([kind, schema]) => z.strictObject({ [kind]: schema })) as unknown as [
    z.ZodType,
    z.ZodType,
  ],
  { error },
);

/** Where credentials come from: one place, or several as a pool. */
export const credentialEntries: z.ZodType = z.union([entry, z.array(entry).min(1)], { error });

/** A secret of Vault's as a file names it. */
type SecretEntry = { readonly env: string } | { readonly file: string };

type VaultOptions = Parameters<typeof vaultKey>[0];

/** One place that credentials come from, as a file names it: exactly one of these. */
export interface CredentialEntry {
  readonly env?: string | readonly string[];
  readonly file?: string;
  readonly exec?: { readonly command: string; readonly args?: readonly string[]; readonly timeoutMs?: number };
  readonly vault?: Omit<VaultOptions, 'login'> & { readonly login: VaultLoginEntry };
  readonly aws?: Parameters<typeof awsSecret>[0];
  readonly gcp?: Parameters<typeof gcpSecret>[0];
  readonly azure?: Parameters<typeof azureSecret>[0];
  readonly entra?: Parameters<typeof entraToken>[0];
}

interface VaultLoginEntry {
  readonly token?: SecretEntry;
  readonly appRole?: { readonly roleId: string; readonly secretId: SecretEntry; readonly mount?: string };
  readonly kubernetes?: { readonly role: string; readonly mount?: string };
}

/** Lists of variables that a place names, one of each of which must be set. */
export function variablesOfEntry({
  env,
  vault,
}: CredentialEntry): { place: readonly string[]; names: readonly string[] }[] {
  if (env !== undefined) return [{ place: ['env'], names: listOf(env) }];
  const { token, appRole } = vault?.login ?? {};
  const of = (secret: SecretEntry | undefined, ...place: string[]): { place: string[]; names: string[] }[] =>
    secret !== undefined && 'env' in secret
      ? [{ place: ['vault', 'login', ...place, 'env'], names: [secret.env] }]
      : [];
  return [...of(token, 'token'), ...of(appRole?.secretId, 'appRole', 'secretId')];
}

/** The sources of what a file names. */
export const sourcesOf = (given: CredentialEntry | readonly CredentialEntry[], env: Environment): CredentialInput =>
  Array.isArray(given)
    ? given.map((one: CredentialEntry) => sourceOf(one, env))
    : sourceOf(given as CredentialEntry, env);

const listOf = (names: string | readonly string[]): readonly string[] => (typeof names === 'string' ? [names] : names);

function sourceOf(given: CredentialEntry, env: Environment): CredentialSource | CredentialSet {
  const { env: names, file, exec, vault, aws, gcp, azure, entra } = given;
  if (names !== undefined) return envKeys({ names: listOf(names), env });
  if (file !== undefined) return fileKey(file);
  if (exec !== undefined) return execKey({ args: [], ...exec });
  if (vault !== undefined) return vaultKey({ ...vault, login: loginOf(vault.login, env) });
  if (aws !== undefined) return awsSecret(aws);
  if (gcp !== undefined) return gcpSecret(gcp);
  return azure === undefined ? entraToken(entra) : azureSecret(azure);
}

function loginOf({ token, appRole, kubernetes }: VaultLoginEntry, env: Environment): VaultOptions['login'] {
  const secretOf = (secret: SecretEntry): StoreSecret =>
    'env' in secret ? (env[secret.env] ?? '') : fileKey(secret.file);
  if (token !== undefined) return { token: secretOf(token) };
  if (appRole !== undefined) return { appRole: { ...appRole, secretId: secretOf(appRole.secretId) } };
  return { kubernetes: kubernetes as NonNullable<VaultLoginEntry['kubernetes']> };
}
