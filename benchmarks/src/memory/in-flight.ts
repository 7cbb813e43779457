import { setTimeout as sleep } from 'node:timers/promises';
import type { Kind } from '../load/calls.ts';
import type { ContestantName } from '../load/clients.ts';
import { rawFarEnd } from '../load/raw-far-end.ts';
import { startSubject } from './worker.ts';

/** Bytes per call. */
export interface InFlight {
  /** While the far end holds them, connections included. */
  readonly during: number;
  /** What of it stays when they have ended: connections that are kept. */
  readonly after: number;
}

const longestMs = 60_000;

/** What calls hold while they wait: for the answer, or for the rest of a stream whose first event has come. */
export async function inFlight(name: ContestantName, kind: Kind, calls: number): Promise<InFlight> {
  using farEnd = await rawFarEnd();
  using subject = await startSubject({ name, baseURL: farEnd.baseURL(0), connections: calls });
  // Compiled, and with everything that is made once.
  await subject.ask({ do: 'calls', kind, calls: 1500, atOnce: 4 });
  const before = await subject.ask({ do: 'measure' });
  await subject.ask({ do: 'hold', kind, calls, baseURL: farEnd.baseURL('held') });
  for (let waited = 0; (await farEnd.ask('state')).held < calls; waited += 50) {
    if (waited > longestMs) throw new Error(`${name}: not all ${calls} calls came to the far end`);
    await sleep(50);
  }
  // The first event of a stream is on its way while the far end already counts it.
  await sleep(300);
  const during = await subject.ask({ do: 'measure' });
  await farEnd.ask('release');
  await subject.ask({ do: 'await held' });
  const after = await subject.ask({ do: 'measure' });
  return { during: (during - before) / calls, after: (after - before) / calls };
}
