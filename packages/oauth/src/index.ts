export type { ClientAuthentication } from './client-authentication.ts';
export { clientCredentials, type ClientCredentialsOptions } from './client-credentials.ts';
export {
  deviceLogin,
  type DeviceLoginOptions,
  type FinishedDeviceLogin,
  type StartedDeviceLogin,
} from './device-login.ts';
export type { LoginCookie } from './login-cookie.ts';
export { OAuthError, type OAuthErrorCode, type OAuthErrorDetails } from './oauth-error.ts';
export type { ProviderOptions } from './options.ts';
export {
  memoryPendingLogins,
  type MemoryPendingLoginsOptions,
  type PendingLogin,
  type PendingLogins,
} from './pending-logins.ts';
export { signInWithChatGpt, type SignInWithChatGpt, type SignInWithChatGptOptions } from './presets.ts';
export { provider, type Provider, type RefreshOptions } from './provider.ts';
export type { SubjectToken, SubjectTokenValue } from './subject-token.ts';
export { tokenExchange, type TokenExchangeOptions } from './token-exchange.ts';
export type { IssuedToken, TokenRequest, TokenSource } from './token-source.ts';
export type { TokenKey, TokenLock, TokenRecord, TokenStore } from './token-store.ts';
export type { Tokens } from './tokens.ts';
export { userLogin, type FinishedLogin, type LoginStart, type StartedLogin, type UserLogin } from './user-login.ts';
export type { AuthorizationParameters, UserLoginOptions } from './user-login-options.ts';
export { workloadIdentity, type WorkloadIdentityOptions } from './workload-identity.ts';
export { encryptedStore } from './encrypted-store.ts';
export {
  encryptionKey,
  envEncryptionKeys,
  fileEncryptionKeys,
  type EnvEncryptionKeysOptions,
  type KeyEncryptionKey,
} from './key-encryption.ts';
export { memoryStore } from './memory-store.ts';
export { ReauthRequiredError, type ReauthReason } from './reauth-required-error.ts';
export { RefreshFailedError } from './refresh-failed-error.ts';
export type { RefreshGrant, RefreshTokensOptions, TokenRefreshEvent } from './refresh-options.ts';
export {
  refreshTokens,
  type AccessTokenRequest,
  type RefreshingTokens,
  type UserTokenSource,
} from './refresh-tokens.ts';
export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export type { EncryptionOptions, LockOptions, SqliteFileOptions, TamperedEvent } from './store-options.ts';
export type { Warn } from './tell.ts';
export type { FoundRow, LockRequest, StoredRow, TokenDriver, WriteCondition } from './token-driver.ts';
export { TokenStoreError, type TamperCode, type TokenStoreErrorCode } from './token-store-error.ts';
