import { checkOptions, OptionError } from '@holdfast/core';
import type { CredentialSource } from '../source.ts';
import { askStore } from './ask-store.ts';
import { defaults, sourceRules } from './options.ts';
import { peerPackage } from './peer-package.ts';
import { sourceId } from './source-id.ts';
import { takeInField } from './take-in.ts';

/** A `SecretManagerServiceClient` of `@google-cloud/secret-manager`, as far as it is used. */
export interface GcpSecretsClient {
  accessSecretVersion(request: { readonly name: string }): Promise<readonly unknown[]>;
}

/** Where {@link gcpSecret} finds a key. */
export interface GcpSecretOptions {
  /** `projects/…/secrets/…`, with `/versions/…` or without. */
  readonly name: string;
  /**
   * Field of the secret, where that is a JSON object.
   * @defaultValue none: the secret is the key
   */
  readonly field?: string;
  /**
   * A client of yours.
   * @defaultValue one with the application default credentials
   */
  readonly client?: GcpSecretsClient;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `gcp:`, name and field
   */
  readonly id?: string;
}

const packageName = '@google-cloud/secret-manager';

/** The package, as far as it is used. Its own types would be missing where it is not installed. */
export interface GcpSecretsPackage {
  readonly SecretManagerServiceClient: new () => GcpSecretsClient;
}

/**
 * A key in Google Cloud Secret Manager: its latest version, unless `name` names one.
 *
 * Needs `@google-cloud/secret-manager`, which is loaded at the first use.
 *
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming what is wrong.
 */
export function gcpSecret(options: GcpSecretOptions): CredentialSource {
  return gcpSecretWith(options, () => import('@google-cloud/secret-manager'));
}

/** The same with another way to load the package. */
export function gcpSecretWith(options: GcpSecretOptions, load: () => Promise<GcpSecretsPackage>): CredentialSource {
  const nameRule = {
    expected: 'a name as projects/…/secrets/…, with /versions/… or without',
    holds: (value: unknown) => sourceRules.name.holds(value) && secretName.test(value as string),
  };
  checkOptions('gcpSecret', options, {
    name: nameRule,
    field: sourceRules.name,
    client: sourceRules.having('accessSecretVersion'),
    id: sourceRules.name,
  });
  const { name, field } = options;
  if (name === undefined) throw new OptionError('gcpSecret.name', nameRule.expected, name);
  const { id = sourceId('gcp', name, field) } = options;
  const version = name.includes('/versions/') ? name : `${name}/versions/${defaults.gcp.version}`;
  let { client } = options;
  return {
    id,
    kind: 'token',
    async read({ signal }) {
      const text = await askStore(id, signal, async () => {
        if (client === undefined) {
          const { SecretManagerServiceClient } = await peerPackage(id, packageName, load);
          client = new SecretManagerServiceClient();
        }
        const [answer] = await client.accessSecretVersion({ name: version });
        return textOf(answer);
      });
      return { value: takeInField(id, text, field) };
    },
  };
}

/** With regions in it, for secrets that are kept in one. */
const secretName = /^projects\/[^/]+\/(?:locations\/[^/]+\/)?secrets\/[^/]+(?:\/versions\/[^/]+)?$/;

/** The transports of Google's client give bytes or their text in base64. */
function textOf(answer: unknown): string | undefined {
  const { data } = (answer as { readonly payload?: { readonly data?: Uint8Array | string | null } }).payload ?? {};
  return typeof data === 'string'
    ? Buffer.from(data, 'base64').toString('utf8')
    : data
      ? Buffer.from(data).toString('utf8')
      : undefined;
}
