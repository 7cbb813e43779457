import { CredentialError } from '../credential-error.ts';
import { classOf } from '../value/error-class.ts';
import type { AuthOptions } from '../options.ts';
import type { Pool } from './pool.ts';
import type { CredentialInput } from '../source.ts';

/** The credentials of one tenant, and what they were made from. */
interface Tenant {
  readonly input: CredentialInput;
  readonly pool: Pool;
}

/** What tenants are made with. */
export interface TenantMeans {
  readonly given: NonNullable<AuthOptions['tenants']>;
  readonly capacity: number;
  readonly build: (tenant: string, input: CredentialInput) => Pool;
}

/** A pool for each tenant, and none that two of them share. The least recently seen is forgotten first. */
export class Tenants {
  readonly #means: TenantMeans;
  readonly #known = new Map<string, Tenant>();
  /** Seen last, so that it needs no moving. */
  #latest = '';

  constructor(means: TenantMeans) {
    this.#means = means;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * The pool of `tenant`; `undefined` if nothing is given for it.
   *
   * @throws CredentialError when its credentials could not be had, in words that hold no secret.
   */
  of(tenant: string): Pool | undefined {
    const known = this.#known.get(tenant);
    if (known === undefined) return this.#admit(tenant);
    if (this.#latest !== tenant) this.#touch(tenant, known);
    return known.pool;
  }

  /** A remembered pool, without asking. */
  peek(tenant: string): Pool | undefined {
    return this.#known.get(tenant)?.pool;
  }

  /**
   * The key of a tenant was rejected. If another is given for it now, that counts from the next call on.
   *
   * @throws CredentialError as `of`.
   */
  recheck(tenant: string): void {
    const known = this.#known.get(tenant);
    if (typeof known?.input !== 'string') return;
    const input = this.#inputOf(tenant);
    if (input === known.input) return;
    this.#known.delete(tenant);
    known.pool.release();
  }

  close(): void {
    for (const { pool } of this.#known.values()) pool.close();
  }

  #admit(tenant: string): Pool | undefined {
    const input = this.#inputOf(tenant);
    if (input === undefined) return undefined;
    const pool = this.#built(tenant, input);
    this.#known.set(tenant, { input, pool });
    this.#latest = tenant;
    if (this.#known.size > this.#means.capacity) this.#forgetOldest();
    return pool;
  }

  #built(tenant: string, input: CredentialInput): Pool {
    try {
      return this.#means.build(tenant, input);
    } catch (error) {
      // Ours, so that it quotes nothing.
      throw new CredentialError((error as Error).message);
    }
  }

  #inputOf(tenant: string): CredentialInput | undefined {
    const { given } = this.#means;
    if (typeof given !== 'function') return Object.hasOwn(given, tenant) ? given[tenant] : undefined;
    try {
      return given(tenant);
    } catch (error) {
      throw new CredentialError(`auth.tenants failed${classOf(error)}`);
    }
  }

  #touch(tenant: string, known: Tenant): void {
    this.#known.delete(tenant);
    this.#known.set(tenant, known);
    this.#latest = tenant;
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.entries();
    if (oldest === undefined) return;
    this.#known.delete(oldest[0]);
    oldest[1].pool.release();
  }
}
