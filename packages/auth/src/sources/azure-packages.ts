/** A `TokenCredential` of `@azure/identity`, as far as it is used. */
export interface EntraCredential {
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** A `SecretClient` of `@azure/keyvault-secrets`, as far as it is used. */
export interface AzureSecretsClient {
  getSecret(
    name: string,
    options?: { readonly version?: string; readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly value?: string }>;
}

/** `@azure/keyvault-secrets`, as far as it is used. Its own types would be missing where it is not installed. */
export interface AzureSecretsPackage {
  readonly SecretClient: new (vaultUrl: string, credential: EntraCredential) => AzureSecretsClient;
}

/** `@azure/identity`, as far as it is used. Its own types would be missing where it is not installed. */
export interface AzureIdentityPackage {
  readonly DefaultAzureCredential: new () => EntraCredential;
}

/** How the packages are loaded. */
export interface AzureLoaders {
  readonly secrets: () => Promise<AzureSecretsPackage>;
  readonly identity: () => Promise<AzureIdentityPackage>;
}
