import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the file of one test, gone with it. */
export function sqlitePlace(): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tokens-'));
  return {
    path: join(folder, 'tokens.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
