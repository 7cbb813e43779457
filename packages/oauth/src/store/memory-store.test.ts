import { describe, expect, it } from 'vitest';
import { keyOf, recordOf } from '../../test/records.ts';
import { testTokenDriver } from '../../test/store-contract.ts';
import { MemoryDriver } from './memory-driver.ts';
import { memoryStore } from './memory-store.ts';

describe('the memory driver', () =>
  testTokenDriver(
    () => {
      let driver: MemoryDriver | undefined;
      return { open: (clock) => (driver ??= new MemoryDriver({ clock, random: () => 0.5, pollMs: 20 })) };
    },
    { describe, it },
  ));

describe('memoryStore', () => {
  it('keeps records, and nothing from one store to another', async () => {
    const store = memoryStore();
    await store.put(keyOf(), recordOf(), undefined);
    expect((await store.get(keyOf()))?.generation).toBe(1);
    expect(await memoryStore().get(keyOf())).toBeUndefined();
  });

  it.each([
    [{ pollMs: 0 }, 'memoryStore.pollMs: expected a duration in milliseconds, above 0, got 0'],
    [{ path: 'x' }, 'memoryStore.path: expected one of pollMs, clock, random, got "path"'],
  ])('refuses %j', (options, message) => {
    expect(() => memoryStore(options as never)).toThrow(message);
  });
});
