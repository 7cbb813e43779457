import { guardTimer, OptionError, type Clock } from '@holdfast/core';
import { keyBytes } from './aes-gcm.ts';
import type { KeyEncryptionKey } from './key-encryption.ts';
import { TokenStoreError } from './token-store-error.ts';

/** Within what time a key answers. */
export interface KeyBounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Keys by their ids. The first encrypts, all of them decrypt. */
export class KeyRing {
  readonly current: KeyEncryptionKey;
  readonly #keys: ReadonlyMap<string, KeyEncryptionKey>;
  readonly #bounds: KeyBounds;

  /**
   * @param option - what errors call `keys`.
   * @throws OptionError when there is none, two have one id, or an id could not stand in a row.
   */
  constructor(option: string, keys: KeyEncryptionKey | readonly KeyEncryptionKey[], bounds: KeyBounds) {
    const list = Array.isArray(keys) ? (keys as readonly KeyEncryptionKey[]) : [keys as KeyEncryptionKey];
    list.forEach((key, index) => check(`${option}[${index}]`, key));
    const [current] = list;
    if (current === undefined) throw new OptionError(option, 'at least one key', keys);
    this.current = current;
    this.#keys = new Map(list.map((key) => [key.id, key]));
    this.#bounds = bounds;
    if (this.#keys.size < list.length) throw new OptionError(option, 'keys of different ids', keys);
  }

  /** Whether a row is encrypted under it. `false`: an older one, to be encrypted anew. */
  isCurrent(keyId: string): boolean {
    return keyId === this.current.id;
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** @throws TokenStoreError of code `key_unavailable`. */
  async wrap(dataKey: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    const wrapped = await this.#ask(this.current, () => this.current.wrap(dataKey, bound));
    if (!(wrapped instanceof Uint8Array) || wrapped.length === 0) throw unavailable(this.current, 'gave no bytes');
    return wrapped;
  }

  /** The data key, or `undefined` where the key of this id did not wrap it. @throws as {@link KeyRing.wrap} does. */
  async unwrap(keyId: string, wrapped: Uint8Array, bound: Uint8Array): Promise<Uint8Array | undefined> {
    const key = this.#keys.get(keyId);
    if (key === undefined) return undefined;
    const dataKey = await this.#ask(key, () => key.unwrap(wrapped, bound));
    return dataKey instanceof Uint8Array && dataKey.length === keyBytes ? dataKey : undefined;
  }

  async #ask<T>(key: KeyEncryptionKey, question: () => T | Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#bounds;
    let expire!: (error: TokenStoreError) => void;
    const expired = new Promise<never>((_, reject) => (expire = reject));
    const giveUp = (): void => expire(unavailable(key, `did not answer within ${timeoutMs} ms`));
    const timer = clock.setTimer(giveUp, timeoutMs, guardTimer);
    try {
      return await Promise.race([question(), expired]);
    } catch (error) {
      // What a service throws may quote what it was sent.
      throw error instanceof TokenStoreError ? error : unavailable(key, 'failed');
    } finally {
      timer.cancel();
    }
  }
}

const unavailable = ({ id }: KeyEncryptionKey, what: string): TokenStoreError =>
  new TokenStoreError('key_unavailable', `The key ${id} ${what}. Nothing was read or written.`);

function check(option: string, key: KeyEncryptionKey): void {
  const { id, wrap, unwrap } = key ?? {};
  if (typeof wrap !== 'function' || typeof unwrap !== 'function')
    throw new OptionError(option, 'a key with id, wrap and unwrap, such as one of envEncryptionKeys()', key);
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(id))
    throw new OptionError(`${option}.id`, '1 to 200 characters of printable ASCII', id);
  // An id is written beside what it encrypts.
  if (Buffer.from(id, 'base64').length === keyBytes && /^[\w+/-]{43}=?$/.test(id))
    throw new OptionError(`${option}.id`, 'a name for the key, not the key', undefined);
}
