import { checkOptions, OptionError, type Secret } from '@holdfast/core';
import type { CredentialSource, SourceContext } from '../source.ts';
import { askStore } from './ask-store.ts';
import { sourceRules } from './options.ts';
import { peerPackage } from './peer-package.ts';
import { sourceId } from './source-id.ts';
import { takeInField } from './take-in.ts';

/** A `SecretsManagerClient` of `@aws-sdk/client-secrets-manager`, as far as it is used. */
export interface AwsSecretsClient {
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
}

/** Where {@link awsSecret} finds a key. */
export interface AwsSecretOptions {
  /** Name or ARN of the secret. */
  readonly secretId: string;
  /**
   * Field of the secret, where that is a JSON object.
   * @defaultValue none: the secret is the key
   */
  readonly field?: string;
  /** @defaultValue what the AWS SDK finds in its environment */
  readonly region?: string;
  /**
   * A client of yours, with its own region, endpoint and credentials.
   * @defaultValue one with the credentials that the AWS SDK finds by itself
   */
  readonly client?: AwsSecretsClient;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `aws:`, name and field
   */
  readonly id?: string;
}

const packageName = '@aws-sdk/client-secrets-manager';

/** The package, as far as it is used. Its own types would be missing where it is not installed. */
export interface AwsSecretsPackage {
  readonly GetSecretValueCommand: new (input: { readonly SecretId: string; readonly VersionStage: string }) => object;
  readonly SecretsManagerClient: new (config: { readonly region?: string }) => AwsSecretsClient;
}

/**
 * A key in AWS Secrets Manager. Takes the version AWSCURRENT. Where that is the very value that was rejected, a rotation
 * may have written it before upstream knew it, and AWSPREVIOUS is taken; once that is rejected in turn, AWSCURRENT is
 * taken again.
 *
 * Needs `@aws-sdk/client-secrets-manager`, which is loaded at the first use.
 *
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming class and status of the error.
 */
export function awsSecret(options: AwsSecretOptions): CredentialSource {
  return awsSecretWith(options, () => import('@aws-sdk/client-secrets-manager'));
}

/** The same with another way to load the package. */
export function awsSecretWith(options: AwsSecretOptions, load: () => Promise<AwsSecretsPackage>): CredentialSource {
  checkOptions('awsSecret', options, {
    secretId: sourceRules.name,
    field: sourceRules.name,
    region: sourceRules.name,
    client: sourceRules.having('send'),
    id: sourceRules.name,
  });
  const { secretId, field, region } = options;
  if (secretId === undefined) throw new OptionError('awsSecret.secretId', sourceRules.name.expected, secretId);
  const { id = sourceId('aws', secretId, field) } = options;
  let { client } = options;

  const versionAt = async (stage: string, { signal }: SourceContext): Promise<Secret> => {
    const text = await askStore(id, signal, async () => {
      const { GetSecretValueCommand, SecretsManagerClient } = await peerPackage(id, packageName, load);
      client ??= new SecretsManagerClient(region === undefined ? {} : { region });
      const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
      return textOf(await client.send(command as never, { abortSignal: signal }));
    });
    return takeInField(id, text, field);
  };

  return {
    id,
    kind: 'token',
    async read(context) {
      const current = await versionAt('AWSCURRENT', context);
      if (context.rejected?.equals(current) !== true) return current;
      return versionAt('AWSPREVIOUS', context).catch((error: unknown) => {
        // A secret that was never rotated has none. Then the rejected value is all there is.
        if ((error as { readonly code?: unknown }).code !== 'credentials_exhausted') throw error;
        return current;
      });
    },
  };
}

function textOf(answer: unknown): string | undefined {
  const { SecretString: text, SecretBinary: bytes } = answer as {
    readonly SecretString?: string;
    readonly SecretBinary?: Uint8Array;
  };
  return text ?? (bytes && Buffer.from(bytes).toString('utf8'));
}
