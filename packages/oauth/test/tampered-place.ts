import { randomBytes } from 'node:crypto';
import { ManualClock } from '@holdfast/testkit';
import { encryptedStore } from '../src/store/encrypted-store.ts';
import { encryptionKey, type KeyEncryptionKey } from '../src/store/key-encryption.ts';
import { MemoryDriver } from '../src/store/memory-driver.ts';
import { bindingOf } from '../src/store/row-binding.ts';
import type { TamperedEvent } from '../src/store/store-options.ts';
import type { FoundRow } from '../src/store/token-driver.ts';
import type { TokenKey, TokenStore } from '../src/store/token-store.ts';

/** A driver whose rows an attacker reads and replaces. Everything else is that of the memory driver. */
export class OpenDriver extends MemoryDriver {
  readonly #planted = new Map<string, FoundRow>();

  constructor(clock: ManualClock) {
    super({ clock, random: () => 0.5, pollMs: 20 });
  }

  /** What is read comes when it is resolved, as over a slow line. */
  line: Promise<void> | undefined;

  override async read(id: string): Promise<FoundRow> {
    const { line } = this;
    const found = this.#planted.get(id) ?? (await super.read(id));
    await line;
    return found;
  }

  override async write(...given: Parameters<MemoryDriver['write']>): ReturnType<MemoryDriver['write']> {
    const [id, row, condition] = given;
    const planted = this.#planted.get(id);
    if (planted === undefined) return super.write(id, row, condition);
    if (planted.row?.revision !== condition.expected) return 'changed';
    this.#planted.set(id, { row, mark: row.mark });
    return 'written';
  }

  plant(id: string, found: FoundRow): void {
    this.#planted.set(id, found);
  }
}

/** A store whose rows are in the hands of an attacker, and others on the same rows that begin without a memory. */
export function tamperedPlace(keys: readonly KeyEncryptionKey[] = [encryptionKey(randomBytes(32))]): {
  readonly clock: ManualClock;
  readonly driver: OpenDriver;
  readonly store: TokenStore;
  /** The same rows, as a process sees them that has just started. */
  restarted(given?: readonly KeyEncryptionKey[]): TokenStore;
  readonly events: TamperedEvent[];
  rowOf(key: TokenKey): Promise<FoundRow>;
  plant(key: TokenKey, found: FoundRow): void;
} {
  const clock = new ManualClock();
  const driver = new OpenDriver(clock);
  const events: TamperedEvent[] = [];
  const restarted = (given = keys): TokenStore =>
    encryptedStore(driver, { keys: given, clock, onTampered: (event) => void events.push(event) });
  const idOf = (key: TokenKey): string => bindingOf(driver.table, key).id;
  return {
    clock,
    driver,
    store: restarted(),
    restarted,
    events,
    // A copy, as whatever is planted later may share bytes with it.
    rowOf: async (key) => structuredClone(await driver.read(idOf(key))),
    plant: (key, found) => driver.plant(idOf(key), found),
  };
}
