import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Timer } from '@holdfast/core';
import { markAt } from './file-content.ts';

/** What is watched, and how. */
export interface FileWatchOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly settleMs: number;
  readonly pollMs: number;
  /** Whether the file with this mark has been read already. */
  readonly isKnown: (mark: string) => boolean;
  readonly changed: () => void;
}

/**
 * Says when there is another file at a path, or something else in it, once that has stood still for `settleMs`. The
 * folder is watched, as a file that is replaced takes its watch with it, and looked at every `pollMs`, as links may
 * lead elsewhere and network drives tell nothing.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  #watcher: FSWatcher | undefined;
  #polling: Timer | undefined;
  #settling: Timer | undefined;
  #isStopped = false;
  /** What was there at the last look. */
  #seen: string | undefined;
  /** What was told last. */
  #told: string | undefined;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#poll();
  }

  /** Ends the watch, and leaves no timer. */
  stop(): void {
    this.#isStopped = true;
    this.#close();
    this.#polling?.cancel();
    this.#settling?.cancel();
  }

  #poll(): void {
    if (this.#watcher === undefined) this.#open();
    const { clock, pollMs } = this.#options;
    this.#polling = clock.setTimer(() => {
      this.#lookSoon();
      this.#poll();
    }, pollMs);
  }

  #open(): void {
    try {
      this.#watcher = watch(dirname(this.#options.path), { persistent: false }, () => this.#lookSoon());
      this.#watcher.on('error', () => this.#close());
    } catch {
      // No such folder yet, or no watches left: the poll is there.
    }
  }

  #close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** In a busy folder a wait that begins anew with every event would never end. */
  #lookSoon(): void {
    if (this.#isStopped) return;
    const { clock, settleMs } = this.#options;
    this.#settling ??= clock.setTimer(() => {
      this.#settling = undefined;
      // Whoever is told has its own ways to report what goes wrong; a watch must not end the process.
      this.#look().catch(() => undefined);
    }, settleMs);
  }

  async #look(): Promise<void> {
    const { path, isKnown, changed } = this.#options;
    const mark = await markAt(path);
    if (this.#isStopped || mark === undefined || mark === this.#told || isKnown(mark)) return;
    if (mark !== this.#seen) {
      this.#seen = mark;
      this.#lookSoon();
      return;
    }
    this.#told = mark;
    changed();
  }
}
