import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { SinkError } from './failure-words.ts';
import { isAlive, markOf } from './process-mark.ts';

/** How often a lock that a dead process left is taken away before somebody else must have been faster. */
const maxTries = 5;

/**
 * Takes a file for this process alone, by a second file beside it that names the process. One that a dead process left
 * is taken over. It holds among the processes that see each other's ids: those of one machine, or of one container.
 *
 * @returns what gives it up.
 * @throws SinkError that names the process which has it.
 */
export function lockFile(path: string): () => void {
  const lock = `${path}.lock`;
  const own = `${process.pid} ${markOf(process.pid)} ${randomBytes(6).toString('hex')}`;
  for (let tries = 0; tries < maxTries; tries++) {
    if (created(lock, own)) return () => giveUp(lock, own);
    const text = textOf(lock);
    const owner = aliveOwner(text);
    if (owner !== undefined) throw heldBy(path, owner);
    if (text !== undefined) takeAway(lock, text);
  }
  throw heldBy(path, aliveOwner(textOf(lock)) ?? 0);
}

const heldBy = (path: string, pid: number): SinkError =>
  new SinkError(`${path} is written by process ${pid}; give each process a file of its own`);

/** Nobody ever sees a lock that does not say whose it is. */
function created(lock: string, text: string): boolean {
  const draft = `${lock}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  try {
    return isFirst(() => linkSync(draft, lock));
  } catch {
    // Not every file system has links.
    return isFirst(() => writeFileSync(lock, text, { flag: 'wx', mode: 0o600 }));
  } finally {
    rmSync(draft, { force: true });
  }
}

function isFirst(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function textOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    // Given up in the meantime.
    return undefined;
  }
}

function aliveOwner(text: string | undefined): number | undefined {
  const [pid = '', mark = ''] = text?.split(' ') ?? [];
  const owner = Number(pid);
  return Number.isSafeInteger(owner) && owner > 0 && isAlive(owner, mark) ? owner : undefined;
}

/** Takes away the lock of a dead process, and puts back the one of a living process that was faster. */
function takeAway(lock: string, text: string): void {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(lock, aside);
    if (textOf(aside) !== text) linkSync(aside, lock);
  } catch {
    // Somebody else took it away; whether the file is free now, the next try tells.
  } finally {
    rmSync(aside, { force: true });
  }
}

function giveUp(lock: string, own: string): void {
  if (textOf(lock) === own) rmSync(lock, { force: true });
}
