import { fileURLToPath } from 'node:url';
import { once, type Kind } from './calls.ts';
import { answering, isChildOf, startChild, type Child } from './child.ts';
import { clientOf, type ContestantName } from './clients.ts';
import { closedLoop } from './closed-loop.ts';
import { openLoop } from './open-loop.ts';
import type { Figures } from './tally.ts';

/** One contestant in a process of its own: nobody's garbage, listeners or inline caches burden another. */
const here = fileURLToPath(import.meta.url);

/** What is to be done. */
export interface Turn {
  readonly kind: Kind;
  readonly latencyMs: number;
  /** Callers of the closed loop, or most calls under way in the open one. */
  readonly concurrency: number;
  readonly windowMs: number;
  /** Calls per second of the open loop; without it the loop is closed. */
  readonly perSecond?: number;
  /** The process is ended afterwards: what is under way is not waited for. */
  readonly isLast?: boolean;
}

/** Starts the process of a contestant. `baseURL` holds `LATENCY` where the latency belongs. */
export const startWorker = (
  name: ContestantName,
  baseURL: string,
  connections: number,
): Promise<Child<Turn, Figures>> => startChild(here, { args: [name, baseURL, String(connections)] });

function work(name: ContestantName, baseURL: string, connections: number): void {
  const client = clientOf(name, baseURL.replace('LATENCY', '0'), connections);
  answering(({ kind, latencyMs, concurrency, windowMs, perSecond, isLast = false }: Turn): Promise<Figures> => {
    const late = client.withOptions({ baseURL: baseURL.replace('LATENCY', String(latencyMs)) });
    const call = () => once(late, kind);
    return perSecond === undefined
      ? closedLoop(call, { callers: concurrency, latencyMs, windowMs, isLast })
      : openLoop(call, { most: concurrency, perSecond, latencyMs, windowMs });
  });
}

if (isChildOf(here)) {
  const [name, baseURL, connections] = process.argv.slice(2) as [ContestantName, string, string];
  work(name, baseURL, Number(connections));
}
