export type { ClientAuthentication } from './provider/client-authentication.ts';
export { clientCredentials, type ClientCredentialsOptions } from './sources/client-credentials.ts';
export {
  deviceLogin,
  type DeviceLoginOptions,
  type FinishedDeviceLogin,
  type StartedDeviceLogin,
} from './login/device-login.ts';
export type { LoginCookie } from './login/login-cookie.ts';
export { OAuthError, type OAuthErrorCode, type OAuthErrorDetails } from './oauth-error.ts';
export type { ProviderOptions } from './options.ts';
export {
  memoryPendingLogins,
  type MemoryPendingLoginsOptions,
  type PendingLogin,
  type PendingLogins,
} from './login/pending-logins.ts';
export { signInWithChatGpt, type SignInWithChatGpt, type SignInWithChatGptOptions } from './login/presets.ts';
export { provider, type Provider, type RefreshOptions } from './provider/provider.ts';
export type { SubjectToken, SubjectTokenValue } from './sources/subject-token.ts';
export { tokenExchange, type TokenExchangeOptions } from './sources/token-exchange.ts';
export type { IssuedToken, TokenRequest, TokenSource } from './sources/token-source.ts';
export type { TokenKey, TokenLock, TokenRecord, TokenStore } from './store/token-store.ts';
export type { Tokens } from './tokens.ts';
export {
  userLogin,
  type FinishedLogin,
  type LoginStart,
  type StartedLogin,
  type UserLogin,
} from './login/user-login.ts';
export type { AuthorizationParameters, UserLoginOptions } from './login/user-login-options.ts';
export { workloadIdentity, type WorkloadIdentityOptions } from './sources/workload-identity.ts';
export { encryptedStore } from './store/encrypted-store.ts';
export {
  encryptionKey,
  envEncryptionKeys,
  fileEncryptionKeys,
  type EnvEncryptionKeysOptions,
  type KeyEncryptionKey,
} from './store/key-encryption.ts';
export { memoryStore } from './store/memory-store.ts';
export { ReauthRequiredError, type ReauthReason } from './refresh/reauth-required-error.ts';
export { RefreshFailedError } from './refresh/refresh-failed-error.ts';
export type { RefreshGrant, RefreshTokensOptions, TokenRefreshEvent } from './refresh/refresh-options.ts';
export {
  refreshTokens,
  type AccessTokenRequest,
  type RefreshingTokens,
  type UserTokenSource,
} from './refresh/refresh-tokens.ts';
export { sqliteStore, type SqliteStoreOptions } from './store/sqlite-store.ts';
export type { EncryptionOptions, LockOptions, SqliteFileOptions, TamperedEvent } from './store/store-options.ts';
export type { Warn } from './tell.ts';
export type { FoundRow, LockRequest, StoredRow, TokenDriver, WriteCondition } from './store/token-driver.ts';
export { TokenStoreError, type TamperCode, type TokenStoreErrorCode } from './store/token-store-error.ts';
