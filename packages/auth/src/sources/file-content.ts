import { constants, type BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CredentialError } from '../credential-error.ts';
import { failure, traitsOf } from './source-failure.ts';

/** What is read, and what is asked of it. */
export interface FileToRead {
  readonly id: string;
  readonly path: string;
  readonly allowReadable: boolean | undefined;
  readonly maxBytes: number;
}

/** What a file holds, and a mark that is another one after every change; or why there is nothing right now. */
export type FileContent = { readonly text: string; readonly mark: string } | { readonly missing: string };

/** How often a file is read again that changes while it is read. */
const maxReads = 3;

/**
 * Reads a file whole. What a rotation brings about for a moment is an answer; what does not go by itself is thrown.
 *
 * @throws CredentialError when it may be read by others, is no file, is too large or must not be read.
 */
export async function readContent(file: FileToRead): Promise<FileContent> {
  let handle: FileHandle;
  try {
    // Opening a pipe would wait for whoever writes into it.
    handle = await open(file.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return { missing: 'there is no such file' };
    throw failure(file.id, `cannot be opened${traitsOf(error)}`);
  }
  try {
    return await readStable(file, handle);
  } catch (error) {
    throw error instanceof CredentialError ? error : failure(file.id, `cannot be read${traitsOf(error)}`);
  } finally {
    await handle.close();
  }
}

/** The mark of what is at `path` now; `undefined` while there is nothing in it. */
export async function markAt(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined || stats.size === 0n ? undefined : markOf(stats);
}

async function readStable(file: FileToRead, handle: FileHandle): Promise<FileContent> {
  for (let reads = 0; reads < maxReads; reads++) {
    const before = await handle.stat({ bigint: true });
    checkFile(file, before);
    const bytes = Buffer.alloc(Number(before.size));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const after = await handle.stat({ bigint: true });
    // Half a key is a key like any other: only the file itself can tell that it was being written.
    if (bytesRead === bytes.length && markOf(before) === markOf(after))
      return bytesRead === 0 ? { missing: 'the file is empty' } : { text: bytes.toString('utf8'), mark: markOf(after) };
  }
  return { missing: 'the file is being written' };
}

function checkFile({ id, path, allowReadable, maxBytes }: FileToRead, stats: BigIntStats): void {
  if (!stats.isFile()) throw failure(id, 'is no regular file');
  if (stats.size > BigInt(maxBytes)) throw failure(id, `is larger than ${maxBytes} bytes, too large for a key`);
  const mode = Number(stats.mode) & 0o777;
  // Windows has no such modes, and reports every file as readable.
  if (process.platform === 'win32' || (mode & forbiddenBits(path, allowReadable)) === 0) return;
  throw failure(
    id,
    `group or others may read or write it (mode 0${mode.toString(8)}). ` +
      'Run chmod 600 on it, or set allowReadable: true where it is mounted for this container alone',
  );
}

/** The bits of a mode that a file at `path` must not have. */
export function forbiddenBits(path: string, allowReadable: boolean | undefined): number {
  if (allowReadable === true) return 0;
  return allowReadable === undefined && secretMounts.test(resolve(path)) ? 0o002 : 0o066;
}

/** Where Docker and Kubernetes mount secrets, as 0444 and 0644. Only root can put anything there. */
const secretMounts = /^(?:\/var)?\/run\/secrets\//;

/** The time of the last change of state cannot be set by whoever copies a file with its dates. */
const markOf = ({ dev, ino, ctimeNs, size }: BigIntStats): string => `${dev}:${ino}:${ctimeNs}:${size}`;
