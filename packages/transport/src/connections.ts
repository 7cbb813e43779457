import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { Client, type buildConnector } from 'undici';
import type { Incoming } from './incoming.ts';
import type { Lease, OriginPool, OriginStats, RequestOptions } from './lease.ts';

/** How connections are opened, and how many. */
export interface ConnectionsOptions extends Omit<Client.Options, 'connect'> {
  readonly connections: number;
  readonly connect: buildConnector.connector;
}

/**
 * Connections of HTTP/1.1 to one origin, each an undici `Client` that carries one request at a time.
 *
 * undici's own `Pool` looks through its clients for a free one, so that the thousandth call in flight pays for
 * all others. Here the free ones are a stack: the connection that was used last is the next to be used, is the
 * warmest, and those at the bottom come to the end of their keep-alive when the load has gone.
 */
export class Connections implements OriginPool {
  readonly #origin: string;
  readonly #options: ConnectionsOptions;
  readonly #all = new Set<Connection>();
  /** May hold some that are gone: looked at when they are taken, and swept when they are many. */
  #free: Connection[] = [];
  #goneWhileFree = 0;
  /** First come, first served; aborted ones leave. */
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #connected = 0;
  #opened = 0;
  #whenIdle: (() => void) | undefined;

  constructor(origin: string, options: ConnectionsOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  dispatch(options: RequestOptions, incoming: Incoming): void {
    const connection = this.#take();
    if (connection !== undefined) {
      connection.carry(options, incoming);
      return;
    }
    // Goes out in the middle of somebody else's call, and must not be taken for a part of that.
    const start = AsyncResource.bind((free: Connection) => free.carry(options, incoming));
    const waiting: Waiting = { start, isStale: false, end: () => void this.#waiting.delete(waiting) };
    incoming.lease = waiting;
    this.#waiting.add(waiting);
  }

  stats(): OriginStats {
    return {
      connected: this.#connected,
      running: this.#running,
      queued: this.#waiting.size,
      opened: this.#opened,
    };
  }

  async close(): Promise<void> {
    if (this.#running + this.#waiting.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    this.#free = [];
    await Promise.all([...this.#all].map((connection) => this.#remove(connection)));
  }

  /** The free connection that was used last, or a new one where there may be one more. */
  #take(): Connection | undefined {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (!free.isGone) {
        this.#running++;
        return free;
      }
      this.#goneWhileFree--;
    }
    if (this.#all.size >= this.#options.connections) return undefined;
    const { connect, connections: _, ...options } = this.#options;
    const connection = new Connection(this.#origin, { options, connect, owner: this.#owner });
    this.#all.add(connection);
    this.#running++;
    return connection;
  }

  readonly #owner: Owner = {
    connected: () => {
      this.#connected++;
      this.#opened++;
    },
    disconnected: (connection) => {
      this.#connected--;
      if (connection.isBusy || connection.isGone) return;
      // Run out while nobody used it; its socket is gone, and it would only take up room.
      void this.#remove(connection);
      if (++this.#goneWhileFree > this.#free.length / 2) {
        this.#free = this.#free.filter(({ isGone }) => !isGone);
        this.#goneWhileFree = 0;
      }
    },
    released: (connection, isWhole) => {
      this.#running--;
      if (isWhole) this.#free.push(connection);
      else void this.#remove(connection);
      this.#next();
    },
  };

  /** Keeps its place until its socket is closed: the limit is one of what is open. */
  async #remove(connection: Connection): Promise<void> {
    await connection.destroy();
    this.#all.delete(connection);
    this.#next();
  }

  #next(): void {
    const [waiting] = this.#waiting;
    const connection = waiting && this.#take();
    if (waiting !== undefined && connection !== undefined) {
      this.#waiting.delete(waiting);
      waiting.start(connection);
    } else if (this.#running === 0) this.#whenIdle?.();
  }
}

interface Waiting extends Lease {
  readonly start: (connection: Connection) => void;
}

/** Those whom a connection tells how it fares. */
interface Owner {
  readonly connected: () => void;
  readonly disconnected: (connection: Connection) => void;
  readonly released: (connection: Connection, isWhole: boolean) => void;
}

/** One connection, and the lease of the request that it carries. */
class Connection implements Lease {
  isGone = false;
  isBusy = false;
  readonly #client: Client;
  readonly #owner: Owner;
  #socket: Socket | undefined;
  /** What the request began with: the socket that had been kept, and what had been read from it. */
  #kept: Socket | undefined;
  #readBefore = 0;

  constructor(
    origin: string,
    { options, connect, owner }: { options: Client.Options; connect: buildConnector.connector; owner: Owner },
  ) {
    this.#owner = owner;
    this.#client = new Client(origin, {
      ...options,
      connect: (target, done) =>
        connect(target, (...result) => {
          const [, socket] = result;
          if (socket !== null) this.#socket = socket;
          done(...result);
        }),
    });
    this.#client.on('connect', owner.connected);
    this.#client.on('disconnect', () => {
      this.#socket = undefined;
      owner.disconnected(this);
    });
  }

  carry(options: RequestOptions, incoming: Incoming): void {
    this.isBusy = true;
    this.#kept = this.#socket;
    this.#readBefore = this.#socket?.bytesRead ?? 0;
    incoming.lease = this;
    this.#client.dispatch(options, incoming);
  }

  get isStale(): boolean {
    return this.#kept !== undefined && this.#kept.bytesRead === this.#readBefore;
  }

  end(isWhole: boolean): void {
    this.isBusy = false;
    this.#owner.released(this, isWhole);
  }

  /** Ends once the socket is closed. */
  async destroy(): Promise<void> {
    this.isGone = true;
    await this.#client.destroy();
  }
}
