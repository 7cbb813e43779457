import type { Dispatcher, Pool } from 'undici';
import type { Incoming } from './incoming.ts';
import type { Lease, OriginPool, OriginStats, RequestOptions } from './lease.ts';

/** An origin that is reached through a dispatcher of undici's: by proxy, or by HTTP/2. */
export class Dispatched implements OriginPool {
  readonly #dispatcher: Dispatcher;
  #opened = 0;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    dispatcher.on('connect', () => this.#opened++);
  }

  dispatch(options: RequestOptions, incoming: Incoming): void {
    const openedBefore = this.#opened;
    const isStale = (): boolean => this.#opened === openedBefore;
    const lease: Lease = {
      // Nobody says which connection it was; while none was opened, it was one that had been kept.
      get isStale() {
        return isStale();
      },
      end: () => undefined,
    };
    incoming.lease = lease;
    this.#dispatcher.dispatch(options, incoming);
  }

  stats(): OriginStats {
    const { stats } = this.#dispatcher as { stats?: unknown };
    const all = stats instanceof Object && 'connected' in stats ? [stats as Pool['stats']] : Object.values(stats ?? {});
    const sum = (key: 'connected' | 'running' | 'queued'): number =>
      all.reduce((total, one) => total + Number((one as Pool['stats'])[key] ?? 0), 0);
    return {
      connected: sum('connected'),
      running: sum('running'),
      queued: sum('queued'),
      opened: this.#opened,
    };
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }
}
