import type { Clock, Fetch, Secret } from '@holdfast/core';
import type { CredentialSource } from '../source.ts';

/** A secret that proves something to a store: itself, or where it comes from. */
export type StoreSecret = string | Secret | CredentialSource;

/** How {@link vaultKey} proves itself to Vault: exactly one of these. */
export type VaultLogin =
  | {
      /** A token of Vault. From a source, it is asked for again when Vault answers 403. */
      readonly token: StoreSecret;
    }
  | {
      readonly appRole: {
        readonly roleId: string;
        readonly secretId: StoreSecret;
        /** @defaultValue 'approle' */
        readonly mount?: string;
      };
    }
  | {
      readonly kubernetes: {
        readonly role: string;
        /** @defaultValue the token of the pod, from its file, read anew at each login */
        readonly jwt?: StoreSecret;
        /** @defaultValue 'kubernetes' */
        readonly mount?: string;
      };
    };

/** Where {@link vaultKey} finds a key. */
export interface VaultKeyOptions {
  /** Address of the server, e.g. `https://vault.internal:8200`. Plain http is refused except on this machine. */
  readonly address: string;
  /** Path of the secret: within `mount` for `kv2`, the whole path such as `openai/creds/search` for `dynamic`. */
  readonly path: string;
  readonly login: VaultLogin;
  /**
   * `kv2`: the key-value engine, version 2. `dynamic`: any engine that makes a secret with a lease when it is read. The
   * end of the lease is the end of the value; it is not renewed, another one is asked for.
   * @defaultValue 'kv2'
   */
  readonly engine?: 'kv2' | 'dynamic';
  /**
   * Mount of the engine, for `kv2`.
   * @defaultValue 'secret'
   */
  readonly mount?: string;
  /**
   * Field of the secret that holds the key.
   * @defaultValue 'value'
   */
  readonly field?: string;
  /**
   * Version of the secret, for `kv2`. One that is named is never replaced by a newer one.
   * @defaultValue the current one
   */
  readonly version?: number;
  /**
   * Namespace, for Vault Enterprise and HCP.
   * @defaultValue none
   */
  readonly namespace?: string;
  /**
   * Lets tokens and keys travel over plain http to other machines.
   * @defaultValue false
   */
  readonly allowHttp?: boolean;
  /** @defaultValue the global `fetch` */
  readonly fetch?: Fetch;
  /**
   * Largest answer that is read, in bytes.
   * @defaultValue 262144
   */
  readonly maxBytes?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `vault:`, path and field
   */
  readonly id?: string;
}
