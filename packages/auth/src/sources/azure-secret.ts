import { checkOptions, OptionError, type Rule } from '@holdfast/core';
import type { CredentialSource } from '../source.ts';
import { askStore } from './ask-store.ts';
import type { AzureLoaders, AzureSecretsClient, EntraCredential } from './azure-packages.ts';
import { sourceRules } from './options.ts';
import { peerPackage } from './peer-package.ts';
import { sourceId } from './source-id.ts';
import { takeInField } from './take-in.ts';

/** Where {@link azureSecret} finds a key. */
export interface AzureSecretOptions {
  /** Address of the vault, e.g. `https://search.vault.azure.net`. Needed where no `client` is given. */
  readonly vaultUrl?: string;
  /** Name of the secret. */
  readonly name: string;
  /** @defaultValue the current version */
  readonly version?: string;
  /**
   * Field of the secret, where that is a JSON object.
   * @defaultValue none: the secret is the key
   */
  readonly field?: string;
  /**
   * What proves this service to the vault.
   * @defaultValue a `DefaultAzureCredential` of `@azure/identity`
   */
  readonly credential?: EntraCredential;
  /**
   * A client of yours, in place of `vaultUrl` and `credential`.
   * @defaultValue one for `vaultUrl`
   */
  readonly client?: AzureSecretsClient;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `azure:`, host, name and field
   */
  readonly id?: string;
}

/**
 * A key in Azure Key Vault.
 *
 * Needs `@azure/keyvault-secrets`, and `@azure/identity` where no `credential` is given. Both are loaded at the first
 * use.
 *
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming class and status of the error.
 */
export function azureSecret(options: AzureSecretOptions): CredentialSource {
  return azureSecretWith(options, {
    secrets: () => import('@azure/keyvault-secrets'),
    identity: () => import('@azure/identity'),
  });
}

const vaultUrlRule: Rule = {
  expected: 'an address like https://search.vault.azure.net, or a client in its place',
  holds: (value) => typeof value === 'string' && /^https:\/\/[a-z0-9.:-]+\/?$/i.test(value) && URL.canParse(value),
};

/** The same with another way to load the packages. */
export function azureSecretWith(options: AzureSecretOptions, loaders: AzureLoaders): CredentialSource {
  checkOptions('azureSecret', options, {
    vaultUrl: vaultUrlRule,
    name: sourceRules.name,
    version: { expected: 'the id of a version', holds: (value) => typeof value === 'string' && /^\w+$/.test(value) },
    field: sourceRules.name,
    credential: sourceRules.having('getToken'),
    client: sourceRules.having('getSecret'),
    id: sourceRules.name,
  });
  const { name, vaultUrl, version, field } = options;
  if (name === undefined) throw new OptionError('azureSecret.name', sourceRules.name.expected, name);
  if (vaultUrl === undefined && options.client === undefined)
    throw new OptionError('azureSecret.vaultUrl', vaultUrlRule.expected, vaultUrl);
  const host = vaultUrl === undefined ? '' : `${new URL(vaultUrl).hostname}/`;
  const { id = sourceId('azure', `${host}${name}`, field) } = options;
  let { client } = options;
  return {
    id,
    kind: 'token',
    async read({ signal }) {
      const text = await askStore(id, signal, async () => {
        client ??= await clientFor(id, options, loaders);
        const { value } = await client.getSecret(name, {
          abortSignal: signal,
          ...(version !== undefined && { version }),
        });
        return value;
      });
      return takeInField(id, text, field);
    },
  };
}

async function clientFor(id: string, options: AzureSecretOptions, loaders: AzureLoaders): Promise<AzureSecretsClient> {
  const { SecretClient } = await peerPackage(id, '@azure/keyvault-secrets', loaders.secrets);
  let { credential } = options;
  if (credential === undefined) {
    const { DefaultAzureCredential } = await peerPackage(id, '@azure/identity', loaders.identity);
    credential = new DefaultAzureCredential();
  }
  return new SecretClient(options.vaultUrl ?? '', credential);
}
