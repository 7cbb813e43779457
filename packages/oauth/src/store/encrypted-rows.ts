import { BoundedMap } from '../bounded-map.ts';
import { openRow, sealRow, type OpenedRow } from './envelope.ts';
import { describeRow, type RowBinding } from './row-binding.ts';
import type { ResolvedEncryption } from './resolve-store-options.ts';
import { tell } from '../tell.ts';
import type { FoundRow, TokenDriver } from './token-driver.ts';
import { isTamperCode, TokenStoreError, type TamperCode } from './token-store-error.ts';

/** What is written in place of the row that is kept. */
export interface NextRow extends Pick<OpenedRow, 'revision' | 'generation' | 'plain'> {
  /** The revision that is kept now; `undefined`: none is. */
  readonly expected: number | undefined;
  /** The lock that must be held. */
  readonly fence?: string | undefined;
}

/** The rows of a driver, opened and sealed. None is given that is not the newest one as it was written. */
export class EncryptedRows {
  readonly #driver: TokenDriver;
  readonly #options: ResolvedEncryption;
  /** The newest revision of each row that this process has seen: it is in no file that somebody could put back. */
  readonly #seen: BoundedMap<number>;

  constructor(driver: TokenDriver, options: ResolvedEncryption) {
    this.#driver = driver;
    this.#options = options;
    this.#seen = new BoundedMap(options.maxRemembered);
  }

  /** The newest revision that was seen; 0 for none. */
  seen(binding: RowBinding): number {
    return this.#seen.get(binding.id) ?? 0;
  }

  /**
   * The row that is kept, encrypted anew if its key is an old one.
   *
   * @throws TokenStoreError for one that is not what was written last, after it was reported.
   */
  async newest(binding: RowBinding): Promise<OpenedRow | undefined> {
    // Before it is read: what is written meanwhile makes this one no older than it should be.
    const seen = this.seen(binding);
    const opened = await this.#open(binding, await this.#driver.read(binding.id), seen > 0);
    if ((opened?.revision ?? 0) < seen)
      throw this.refuse(binding, 'rolled_back_row', 'this process has seen a newer one');
    if (opened === undefined) return undefined;
    this.#see(binding, opened.revision);
    return opened.isCurrentKey ? opened : this.#encryptAnew(binding, opened);
  }

  /** Seals and writes. Says `changed` when another revision than the expected one is kept. */
  async write(binding: RowBinding, next: NextRow): Promise<'written' | 'changed' | 'unlocked'> {
    const { expected, fence } = next;
    const row = await sealRow(this.#options.ring, binding, next);
    const result = await this.#driver.write(binding.id, row, { expected, fence });
    if (result === 'written') this.#see(binding, next.revision);
    return result;
  }

  /** Makes the error for a row that is refused, and reports it. */
  refuse(binding: RowBinding, code: TamperCode, what: string): TokenStoreError {
    return this.#reported(binding, new TokenStoreError(code, `${describeRow(binding)} are refused: ${what}.`));
  }

  async #open(binding: RowBinding, { row, mark }: FoundRow, wasSeen: boolean): Promise<OpenedRow | undefined> {
    if (row === undefined && mark === undefined) {
      if (!wasSeen) return undefined;
      throw this.refuse(binding, 'missing_row', 'this process has seen a row, and there is none');
    }
    if (row === undefined) throw this.refuse(binding, 'missing_row', 'there is a mark and no row');
    if (mark === undefined) throw this.refuse(binding, 'forged_mark', 'there is a row and no mark');
    try {
      return await openRow(this.#options.ring, binding, { ...row, mark });
    } catch (error) {
      throw error instanceof TokenStoreError ? this.#reported(binding, error) : error;
    }
  }

  /** Under a new revision, so that an old key that leaked opens no row that could be put back unnoticed. */
  async #encryptAnew(binding: RowBinding, opened: OpenedRow): Promise<OpenedRow> {
    const revision = opened.revision + 1;
    try {
      const result = await this.write(binding, { ...opened, revision, expected: opened.revision });
      return result === 'written' ? { ...opened, revision, isCurrentKey: true } : opened;
    } catch (error) {
      // The row was read, and the next read tries again.
      this.#options.warn(`holdfast oauth: ${describeRow(binding)} could not be encrypted anew`, error);
      return opened;
    }
  }

  #see(binding: RowBinding, revision: number): void {
    if (revision > this.seen(binding)) this.#seen.set(binding.id, revision);
  }

  #reported(binding: RowBinding, error: TokenStoreError): TokenStoreError {
    const { code, message } = error;
    const { issuer, clientId, tenant } = binding.key;
    const { onTampered, warn } = this.#options;
    if (isTamperCode(code))
      tell(warn, 'onTampered', onTampered, { code, issuer, clientId, tenant, rowId: binding.id, message });
    return error;
  }
}
