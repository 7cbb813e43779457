import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OptionError } from '@holdfast/core';
import type { QuarantineState, QuarantineStore } from './quarantine-store.ts';

/**
 * Keeps quarantines in a file that only its owner may read, one for each process. It is replaced as a whole, so that
 * a crash leaves the old or the new one. It holds fingerprints, never a key.
 *
 * @param path - the file; its folder must be there.
 * @throws OptionError for an empty path. `load` and `save` throw what the file system does; the layer reports it and
 *   goes on without.
 */
export function quarantineFile(path: string): QuarantineStore {
  if (typeof path !== 'string' || path === '') throw new OptionError('quarantineFile', 'the path of a file', path);
  const file = resolve(path);
  return {
    async load() {
      try {
        return JSON.parse(await readFile(file, 'utf8')) as QuarantineState;
      } catch (error) {
        if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
        // What a parser says may quote what it read.
        throw error instanceof SyntaxError ? new Error(`${file} holds no JSON`) : error;
      }
    },
    save: (state) => replaceFile(file, `${JSON.stringify(state)}\n`),
  };
}

async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await synced(draft, 'wx', (handle) => handle.writeFile(text));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  // The new name must survive a crash as well. Windows opens no folder, and does not need to.
  await synced(dirname(file), 'r', async () => undefined).catch(() => undefined);
}

type Handle = Awaited<ReturnType<typeof open>>;

async function synced(path: string, flags: string, work: (handle: Handle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    await work(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
