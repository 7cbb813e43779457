import { readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same id: when the machine and it were started. In a container every
 * process may be number 1. Empty where the system does not say.
 */
export function markOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes second, in brackets, and may hold anything; the start is field 22.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return startTicks === undefined ? '' : `${boot}:${startTicks}`;
  } catch {
    return '';
  }
}

/** Whether a process is there, and is the one that had this mark. */
export function isAlive(pid: number, mark: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // One that is not ours to signal is there all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const current = markOf(pid);
  return mark === '' || current === '' || mark === current;
}
