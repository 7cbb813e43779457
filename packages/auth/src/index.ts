export { auth } from './auth.ts';
export { CredentialError } from './credential-error.ts';
export { envKeys, type EnvKeysOptions, type Environment } from './sources/env-keys.ts';
export type { AuthMiddleware, CredentialControls, Whose } from './pool/controls.ts';
export type {
  AdminUseEvent,
  CredentialState,
  EgressDeniedEvent,
  QuarantineEvent,
  RefreshEvent,
  RefreshTrigger,
  StateChangeEvent,
} from './events.ts';
export type { AuthCallbacks, AuthOptions } from './options.ts';
export type { PoolOptions } from './pool/pool-options.ts';
export { quarantineFile } from './quarantine/quarantine-file.ts';
export type { QuarantineEntry, QuarantineState, QuarantineStore } from './quarantine/quarantine-store.ts';
export type { RefreshOptions } from './value/refresh-options.ts';
export type { CredentialStatus } from './pool/status.ts';
export type {
  CredentialEntry,
  CredentialFunction,
  CredentialInput,
  CredentialSet,
  CredentialSource,
  ExpiringValue,
  OneCredential,
  SourceContext,
  SourceValue,
} from './source.ts';
export type { DigestAlgorithm } from './signing/content-digest.ts';
export { fromIncoming, fromRequest, type ReadingOptions } from './signing/framework.ts';
export type { RequestFields } from './signing/fields.ts';
export type { AsymmetricKey, SharedSecret } from './signing/key-material.ts';
export { memoryNonces, type MemoryNoncesOptions, type NonceStore } from './signing/nonce-store.ts';
export type { SigningKeyFunction, SignOptions } from './signing/options.ts';
export type { ReceivedRequest } from './signing/received.ts';
export { sign } from './signing/sign.ts';
export { SignatureError, type SignatureErrorCode } from './signing/signature-error.ts';
export { SigningError, type SigningErrorReason } from './signing/signing-error.ts';
export type { SigningKey } from './signing/signing-key.ts';
export type { VerificationKey } from './signing/verification-key.ts';
export { verifier, type VerifiedRequest, type Verifier } from './signing/verifier.ts';
export type { KeyLookup, VerifierOptions } from './signing/verifier-options.ts';
export { awsSecret, type AwsSecretOptions, type AwsSecretsClient } from './sources/aws-secret.ts';
export type { AzureSecretsClient, EntraCredential } from './sources/azure-packages.ts';
export { azureSecret, type AzureSecretOptions } from './sources/azure-secret.ts';
export { entraToken, type EntraTokenOptions } from './sources/entra-token.ts';
export type { EnvFilesOptions } from './sources/env-files.ts';
export { execKey, type ExecKeyOptions } from './sources/exec-key.ts';
export { fileKey, type FileKeyOptions } from './sources/file-key.ts';
export { gcpSecret, type GcpSecretOptions, type GcpSecretsClient } from './sources/gcp-secret.ts';
export { vaultKey } from './sources/vault-key.ts';
export type { StoreSecret, VaultKeyOptions, VaultLogin } from './sources/vault-options.ts';
