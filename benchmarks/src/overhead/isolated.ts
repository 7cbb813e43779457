import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../paired.ts';

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

/** A contestant that works in a process of its own. */
export interface Isolated extends Contestant, Disposable {}

/** Starts the process of contestant `name`, which answers one order after the other. */
export function isolated(name: string, kind: 'plain' | 'streamed', baseURL: string): Isolated {
  const child: ChildProcess = fork(worker, [name, kind, baseURL]);
  let waiting: { resolve: (cpuUs: number) => void; reject: (error: Error) => void } | undefined;
  child.on('message', (cpuUs) => waiting?.resolve(cpuUs as number));
  child.once('exit', (code) => waiting?.reject(new Error(`"${name}" ended with code ${code}`)));
  return {
    name,
    run(calls) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        child.send(calls);
      });
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}
