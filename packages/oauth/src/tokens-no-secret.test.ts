import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaks, newToken, printed } from '../test/records.ts';
import { refreshBench } from '../test/refresh-bench.ts';
import type { Misdeed } from '../test/rotating-provider.ts';
import { encryptedStore } from './store/encrypted-store.ts';
import { encryptionKey } from './store/key-encryption.ts';
import { MemoryDriver } from './store/memory-driver.ts';
import { readRow } from './store/row-format.ts';
import { bindingOf } from './store/row-binding.ts';

const misdeeds: readonly (Misdeed | undefined)[] = [
  undefined,
  { status: 503 },
  { status: 400, body: {} },
  'lost',
  'garbled',
];

describe('law: no eight characters of a token or key in any sink', () => {
  it('whatever the provider does, and whoever throws what they know', async () => {
    const law = fc.asyncProperty(fc.array(fc.nat(misdeeds.length), { minLength: 1, maxLength: 4 }), async (deeds) => {
      await using bench = await refreshBench({ warn: (...given) => void sinks.push(printed(given)) });
      const sinks: string[] = [];
      const secrets: string[] = [];
      for (const deed of deeds) {
        const record = await bench.signIn({ expiresAtMs: 0 });
        secrets.push(record.accessToken.reveal(), record.refreshToken?.reveal() as string);
        const misdeed = misdeeds[deed];
        if (misdeed !== undefined) bench.far.misdeeds.push(misdeed);
        const tokens =
          deed < misdeeds.length
            ? bench.tokens
            : bench.another({
                refresh: async ({ refreshToken }) => {
                  const text = `POST /token refresh_token=${refreshToken?.reveal()}`;
                  throw Object.assign(new Error(text, { cause: text }), { refreshToken: text, name: text, code: text });
                },
              });
        const given = await bench.run(tokens.tokenFor(bench.key).catch((error: unknown) => error));
        sinks.push(printed(given), printed(tokens), printed(tokens.asSource(bench.key)));
        secrets.push(bench.far.lastAccess);
        await bench.clock.advance(120_000);
      }
      sinks.push(printed(bench.events), printed(bench.store), printed(await bench.kept()), printed(bench.warnings));
      const text = sinks.join('\n');
      for (const secret of secrets) expect(leaks(text, secret)).toBe(false);
      expect(text).not.toContain('user-1');
    });
    await fc.assert(law, { numRuns: 25 });
  });

  it('not of the keys, nor of the data key, in a store, a row, or an error for a row', async () => {
    await using bench = await refreshBench();
    const bytes = randomBytes(32);
    const dataKeys: Buffer[] = [];
    const inner = encryptionKey(bytes);
    const keys = {
      ...inner,
      wrap: (dataKey: Uint8Array, bound: Uint8Array) => {
        dataKeys.push(Buffer.from(dataKey));
        return inner.wrap(dataKey, bound);
      },
    };
    const driver = new MemoryDriver({ clock: bench.clock, random: () => 0.5, pollMs: 20 });
    const store = encryptedStore(driver, { keys, clock: bench.clock });
    const record = await bench.signIn();
    await store.put(bench.key, record, undefined);
    const { row } = await driver.read(bindingOf(driver.table, bench.key).id);
    const other = encryptedStore(driver, { keys: encryptionKey(randomBytes(32)), clock: bench.clock });
    const error = await other.get(bench.key).catch((thrown: unknown) => thrown);
    const text = [store, driver, inner, error, readRow(row?.bytes as Uint8Array)].map(printed).join('\n');
    const raw = Buffer.from(row?.bytes as Uint8Array).toString('latin1');
    for (const key of [bytes, ...dataKeys]) {
      for (const form of ['base64', 'base64url', 'hex', 'latin1'] as const) {
        expect(leaks(text, key.toString(form))).toBe(false);
        expect(leaks(raw, key.toString(form))).toBe(false);
      }
    }
    expect(dataKeys).toHaveLength(1);
    expect(leaks(text + raw, record.accessToken.reveal())).toBe(false);
  });

  it('and the check itself finds what leaks', () => {
    const token = newToken().reveal();
    expect(leaks(printed(new Error(`x ${token.slice(5, 13)} y`)), token)).toBe(true);
    expect(leaks(printed({ deep: { deeper: [token] } }), token)).toBe(true);
  });
});
