export { auth } from './auth.ts';
export { CredentialError } from './credential-error.ts';
export { envKeys, type EnvKeysOptions, type Environment } from './env-keys.ts';
export type { AuthOptions, QuarantineEvent, RefreshEvent } from './options.ts';
export type {
  CredentialFunction,
  CredentialInput,
  CredentialSet,
  CredentialSource,
  SourceContext,
  SourceValue,
} from './source.ts';
