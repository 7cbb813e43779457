import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkOptions, OptionError, systemClock, type Clock, type Timer } from '@holdfast/core';
import { SinkError } from './failure-words.ts';
import { lockFile } from './file-lock.ts';
import { latestAside, nextAside } from './file-names.ts';
import { tailOf, type Tail } from './file-tail.ts';
import type { AuditSink, Found } from './sink.ts';

/** Where lines are kept, and how safely. */
export interface FileSinkOptions {
  /** Read and written by its owner alone (0600). One process writes it; a second one is refused. */
  readonly path: string;
  /**
   * When lines are forced onto the disk: with each batch (`always`), within a second (`interval`), or when the system
   * sees fit (`never`). A killed process loses nothing that was written in either case; a machine without power does.
   *
   * @defaultValue 'interval'
   */
  readonly sync?: 'always' | 'interval' | 'never';
  /**
   * A file that has grown to this size is put aside as `path.1`, `path.2`, … (the highest is the latest) before the next
   * batch, and the chain goes on in a new one. The oldest may be taken away.
   *
   * @defaultValue no limit
   */
  readonly maxBytes?: number;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

/** Between two syncs of `interval`, in milliseconds. */
const syncEveryMs = 1000;

/**
 * Appends lines to a file. The chain goes on where the file ends; a line that a dying process left unfinished is closed
 * off and told by a `gap` line.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function fileSink(options: FileSinkOptions): AuditSink {
  checkOptions('fileSink', options, { path: undefined, sync: undefined, maxBytes: undefined, clock: undefined });
  const { path, sync = 'interval', maxBytes = Number.POSITIVE_INFINITY, clock = systemClock } = options;
  if (typeof path !== 'string' || path === '') throw new OptionError('fileSink.path', 'a path', path);
  if (!['always', 'interval', 'never'].includes(sync))
    throw new OptionError('fileSink.sync', 'always, interval or never', sync);
  if (typeof maxBytes !== 'number' || !(maxBytes >= 1024))
    throw new OptionError('fileSink.maxBytes', 'at least 1024 bytes', maxBytes);
  return new FileSink({ path: resolve(path), sync, maxBytes, clock });
}

class FileSink implements AuditSink {
  readonly name: string;
  readonly #options: Required<FileSinkOptions>;
  #file: FileHandle | undefined;
  #unlock: (() => void) | undefined;
  #size = 0;
  /** Part of a batch that failed may stand behind the last whole line. */
  #isTorn = false;
  /** The file has its name of later already, and the next one is not there yet. */
  #isAside = false;
  #syncFailure: unknown;
  #timer: Timer | undefined;

  constructor(options: Required<FileSinkOptions>) {
    this.#options = options;
    this.name = options.path;
  }

  async open(): Promise<Found | undefined> {
    const { path } = this.#options;
    this.#unlock ??= lockFile(path);
    try {
      // For reading, too: the chain goes on from what is there.
      this.#file ??= await open(path, 'a+', 0o600);
      await this.#syncFolder();
      const tail = await tailOf(this.#file, path);
      if (tail?.isEnded === false) await this.#file.appendFile('\n');
      this.#size = (await this.#file.stat()).size;
      return foundIn(tail ?? (await this.#endOfLatest()));
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async write(lines: readonly string[]): Promise<void> {
    this.#throwSyncFailure();
    // Before anything is written: what failed is handed over again.
    if (this.#isAside || (this.#size > 0 && this.#size >= this.#options.maxBytes)) await this.#rotate();
    const file = this.#file;
    if (file === undefined) throw new SinkError(`${this.name} is not open`);
    if (this.#isTorn) await this.#mend(file);
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    this.#isTorn = true;
    try {
      await file.appendFile(bytes);
      if (this.#options.sync === 'always') await file.datasync();
    } catch (error) {
      await this.#mend(file).catch(() => undefined);
      throw error;
    }
    this.#isTorn = false;
    this.#size += bytes.length;
    if (this.#options.sync === 'interval') this.#syncSoon();
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const file = this.#file;
    this.#file = undefined;
    this.#isTorn = false;
    this.#isAside = false;
    try {
      if (file === undefined) return;
      if (this.#options.sync !== 'never') await file.datasync();
      this.#throwSyncFailure();
    } finally {
      await file?.close();
      this.#unlock?.();
      this.#unlock = undefined;
    }
  }

  /** The same lines come again, so none of them may be left. */
  async #mend(file: FileHandle): Promise<void> {
    await file.truncate(this.#size);
    this.#isTorn = false;
  }

  #syncSoon(): void {
    this.#timer ??= this.#options.clock.setTimer(() => {
      this.#timer = undefined;
      // The system tells of it once only, to whoever asks first.
      this.#file?.datasync().catch((error: unknown) => (this.#syncFailure = error));
    }, syncEveryMs);
  }

  #throwSyncFailure(): void {
    const failure = this.#syncFailure;
    this.#syncFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  async #rotate(): Promise<void> {
    const { path, sync } = this.#options;
    if (sync !== 'never') await this.#file?.datasync();
    if (!this.#isAside) await rename(path, nextAside(path));
    this.#isAside = true;
    const next = await open(path, 'a+', 0o600);
    const last = this.#file;
    this.#file = next;
    this.#isAside = false;
    this.#size = 0;
    await last?.close();
    await this.#syncFolder();
  }

  /** A file is found after a loss of power only if its folder says so. */
  async #syncFolder(): Promise<void> {
    if (this.#options.sync === 'never') return;
    // Not every system has it.
    const folder = await open(dirname(this.#options.path), 'r').catch(() => undefined);
    await folder?.sync().catch(() => undefined);
    await folder?.close();
  }

  /** A process that died between putting a file aside and writing to the next left an empty one. */
  async #endOfLatest(): Promise<Tail | undefined> {
    const path = latestAside(this.#options.path);
    if (path === undefined) return undefined;
    const file = await open(path, 'r');
    try {
      return await tailOf(file, path);
    } finally {
      await file.close();
    }
  }
}

function foundIn(tail: Tail | undefined): Found | undefined {
  return tail && { end: tail.end, ...(tail.torn !== undefined && { torn: tail.torn }) };
}
