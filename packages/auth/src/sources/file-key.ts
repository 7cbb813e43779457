import { isAbsolute } from 'node:path';
import { checkOptions, OptionError, rules, untilAborted, type Clock } from '@holdfast/core';
import type { CredentialSource } from '../source.ts';
import { backgroundClock } from './background-clock.ts';
import { readContent, type FileContent } from './file-content.ts';
import { FileWatch } from './file-watch.ts';
import { defaults, sourceRules } from './options.ts';
import { sourceId } from './source-id.ts';
import { failure } from './source-failure.ts';
import { takeIn } from './take-in.ts';
import { tokenDocument, type TakenIn } from './token-document.ts';

/** How {@link fileKey} reads a file. */
export interface FileKeyOptions {
  /**
   * Whether the group and others may be allowed to read or write the file. `true` for what Kubernetes or Docker mount
   * elsewhere than in `/run/secrets`, with modes like 0644. Means nothing on Windows.
   * @defaultValue `false`, but below `/run/secrets/` and `/var/run/secrets/`, where only root can put anything, a file
   *   may be readable
   */
  readonly allowReadable?: boolean;
  /**
   * Largest file that is read, in bytes.
   * @defaultValue 65536
   */
  readonly maxBytes?: number;
  /**
   * How long the file has to stand still before its change is told, in milliseconds.
   * @defaultValue 100
   */
  readonly settleMs?: number;
  /**
   * How often the file is looked at besides being watched, in milliseconds.
   * @defaultValue 30000
   */
  readonly pollMs?: number;
  /** @defaultValue the clock of the machine, with timers that keep no process alive */
  readonly clock?: Clock;
  /**
   * Name of the credential in journeys, spans and errors.
   * @defaultValue `file:` and the path
   */
  readonly id?: string;
}

/**
 * The key in a file: one line, or `{ "token": "…", "expires_at": … }`. Watched while it is in use, through renames and
 * the symbolic links of Kubernetes. While the file is missing, empty or half written, its last good value holds, unless
 * that was rejected.
 *
 * @param path - begins with `/`, `./` or `../`. A bare name may be a key that was put here by mistake.
 * @throws OptionError when an option breaks its rule. Reading it: CredentialError naming the file and what is wrong.
 */
export function fileKey(path: string, options: FileKeyOptions = {}): CredentialSource {
  checkFileKey(path, options);
  const { id = sourceId('file', path), allowReadable, clock = backgroundClock } = options;
  const { maxBytes = defaults.file.maxBytes, settleMs = defaults.file.settleMs } = options;
  const { pollMs = defaults.file.pollMs } = options;
  let last: { readonly taken: TakenIn; readonly mark: string } | undefined;
  return {
    id,
    kind: 'token',
    async read({ signal, rejected }) {
      const content = await untilAborted(readContent({ id, path, allowReadable, maxBytes }), signal);
      try {
        last = takenFrom(id, content);
      } catch (error) {
        if (last === undefined || (rejected !== undefined && last.taken.value.equals(rejected))) throw error;
      }
      return last.taken;
    },
    watch(changed) {
      // Before the first value there is nobody who holds an old one.
      const isKnown = (mark: string): boolean => last === undefined || last.mark === mark;
      const watch = new FileWatch({ path, clock, settleMs, pollMs, isKnown, changed });
      return () => watch.stop();
    },
  };
}

function takenFrom(id: string, content: FileContent): { readonly taken: TakenIn; readonly mark: string } {
  if ('missing' in content) throw failure(id, content.missing);
  const { text, mark } = content;
  return { mark, taken: text.trimStart().startsWith('{') ? tokenDocument(id, text) : { value: takeIn(id, text) } };
}

function checkFileKey(path: unknown, options: FileKeyOptions): void {
  const isPath = typeof path === 'string' && !path.includes('\0') && (isAbsolute(path) || /^\.\.?[/\\]/.test(path));
  if (!isPath)
    throw new OptionError(
      'fileKey.path',
      'a path that begins with /, ./ or ../',
      typeof path === 'string' ? `a string of ${path.length} characters` : path,
    );
  checkOptions('fileKey', options, {
    allowReadable: rules.flag,
    maxBytes: sourceRules.bytes,
    settleMs: sourceRules.durationMs,
    pollMs: sourceRules.durationMs,
    clock: sourceRules.clock,
    id: sourceRules.name,
  });
}
