import { OptionError, Secret } from '@holdfast/core';
import { importJWK, importPKCS8, type JWK } from 'jose';
import {
  ClientSecretBasic,
  ClientSecretPost,
  None,
  PrivateKeyJwt,
  TlsClientAuth,
  type ClientAuth,
} from 'openid-client';
import { OAuthError } from '../oauth-error.ts';

/**
 * How the client proves itself to the provider.
 *
 * - `none`: a public client; PKCE alone protects its logins.
 * - `client_secret_basic`, `client_secret_post`: a secret, in a header or in the form.
 * - `private_key_jwt`: an assertion signed with a private key: a `CryptoKey` of jose or Web Crypto that may sign, a JWK,
 *   or PKCS #8 in PEM. `algorithm` (JWS, such as `ES256`) is needed for PEM and for a JWK without `alg`.
 * - `tls_client_auth`, `self_signed_tls_client_auth`: a certificate. `fetch` of the provider has to present it.
 */
export type ClientAuthentication =
  | { readonly method: 'none' }
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string | Secret }
  | {
      readonly method: 'private_key_jwt';
      readonly key: CryptoKey | JWK | string;
      readonly keyId?: string;
      readonly algorithm?: string;
    }
  | { readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth' };

/** An authentication, checked, and ready at its first use. */
export interface ResolvedAuthentication {
  readonly isMutualTls: boolean;
  /** @throws OAuthError of code `invalid_key`. */
  readonly ready: () => Promise<ClientAuth>;
}

const option = 'provider.authentication';

/** @throws OptionError for a method that does not exist or lacks what it needs; TypeError for an unusable secret. */
export function resolveAuthentication(given: ClientAuthentication): ResolvedAuthentication {
  switch (given?.method) {
    case 'none':
      return fixed(None());
    case 'client_secret_basic':
      return fixed(ClientSecretBasic(secretOf(given.secret)));
    case 'client_secret_post':
      return fixed(ClientSecretPost(secretOf(given.secret)));
    case 'private_key_jwt':
      return signing(given);
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      return fixed(TlsClientAuth(), true);
    default:
      throw new OptionError(
        `${option}.method`,
        'none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth or self_signed_tls_client_auth',
        (given as { method?: unknown } | undefined)?.method,
      );
  }
}

const fixed = (auth: ClientAuth, isMutualTls = false): ResolvedAuthentication => ({
  isMutualTls,
  ready: () => Promise.resolve(auth),
});

const secretOf = (secret: string | Secret): string =>
  (secret instanceof Secret ? secret : Secret.from(secret, `${option}.secret`)).reveal();

type SigningOptions = Extract<ClientAuthentication, { method: 'private_key_jwt' }>;

function signing(given: SigningOptions): ResolvedAuthentication {
  const { key, algorithm, keyId } = given;
  if ((typeof key !== 'object' && typeof key !== 'string') || key === null)
    throw new OptionError(`${option}.key`, 'a CryptoKey, a JWK or PKCS #8 in PEM', key);
  const known = typeof key === 'string' ? algorithm : isCryptoKey(key) ? key.algorithm.name : (algorithm ?? key.alg);
  if (known === undefined)
    throw new OptionError(`${option}.algorithm`, 'the algorithm that the key is for, such as ES256', algorithm);
  const kid = keyId ?? (typeof key === 'string' || isCryptoKey(key) ? undefined : key.kid);
  let pending: Promise<ClientAuth> | undefined;
  const ready = (): Promise<ClientAuth> => (pending ??= importKey(key, known).then((usable) => signer(usable, kid)));
  return { isMutualTls: false, ready };
}

const isCryptoKey = (key: CryptoKey | JWK): key is CryptoKey =>
  typeof (key as CryptoKey).algorithm === 'object' && Array.isArray((key as CryptoKey).usages);

async function importKey(key: SigningOptions['key'], algorithm: string | undefined): Promise<CryptoKey> {
  try {
    if (typeof key === 'string') return await importPKCS8(key, algorithm as string);
    if (isCryptoKey(key)) return key;
    const imported = await importJWK(key, algorithm);
    if (imported instanceof Uint8Array) throw new TypeError('a shared secret');
    return imported;
  } catch {
    // What the import throws may quote the key.
    throw unusable();
  }
}

function signer(key: CryptoKey, kid: string | undefined): ClientAuth {
  if (key.type !== 'private' || !key.usages.includes('sign')) throw unusable();
  return PrivateKeyJwt(kid === undefined ? key : { key, kid });
}

const unusable = (): OAuthError =>
  new OAuthError('invalid_key', `${option}.key: expected a private key that may sign, of the stated algorithm.`);
