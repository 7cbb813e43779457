import { announce, type Context, type Timer } from '@holdfast/core';
import { Chain, type ChainEnd } from './chain.ts';
import { failureWords } from './failure-words.ts';
import type { AuditRecord } from './line.ts';
import type { ResolvedAuditOptions } from './options.ts';
import type { Found } from './sink.ts';

/** What lines are told of, for what happens when they cannot be written. */
export type RecordClass = 'call' | 'security';

/** What `onRecord` is told of each line. */
export interface RecordEvent {
  readonly class: RecordClass;
  /** `dropped`: there was no room for it, or it could not be made; the next batch ends with how many were. */
  readonly result: 'written' | 'dropped';
}

/** How the log stands. */
export interface AuditStatus {
  /** The last line that is written: keep it elsewhere, and `verifyAudit` finds what was cut off after it. */
  readonly end: ChainEnd;
  /** Lines that wait to be written. */
  readonly waiting: number;
  /** Lines that there was no room for, or that could not be made, since the start. */
  readonly dropped: number;
  /** What the last write failed with, as far as it may be told; `warn` is told all. `undefined` if it did not. */
  readonly failure: string | undefined;
}

/** Lines that a sink gets at a time, at most. */
const batchSize = 500;

/** What a line belongs to. */
interface Told {
  readonly class: RecordClass;
  readonly context: Context;
}

interface Queued extends Told {
  readonly record: AuditRecord;
  readonly atMs: number;
}

interface Batch {
  readonly lines: readonly string[];
  readonly queued: readonly Queued[];
}

/**
 * Writes lines down in their order, one batch after the other. What cannot be written waits and is tried again; what
 * there is no room for is counted, and the log tells of it.
 */
export class AuditWriter {
  readonly #options: ResolvedAuditOptions;
  readonly #chain: Chain;
  readonly #queue: Queued[] = [];
  /** Sealed, and to be handed over again just so. */
  #batch: Batch | undefined;
  #written: ChainEnd;
  #reserved = 0;
  #dropped = 0;
  #untold = 0;
  #failure: string | undefined;
  #opening: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #retry: Timer | undefined;
  #isWarned = false;
  #isClosed = false;
  #context: Context | undefined;

  constructor(options: ResolvedAuditOptions) {
    this.#options = options;
    this.#chain = new Chain(options.key);
    this.#written = this.#chain.end;
  }

  get status(): AuditStatus {
    return { end: this.#written, waiting: this.#waiting, dropped: this.#dropped, failure: this.#failure };
  }

  get #waiting(): number {
    return this.#queue.length + (this.#batch?.queued.length ?? 0);
  }

  /** Keeps room for one line; `false` while there is none, or while lines cannot be written. */
  reserve(): boolean {
    if (this.#failure !== undefined || !this.#hasRoom('call')) return false;
    this.#reserved++;
    return true;
  }

  /** Opens the sink before the first line, so that whoever fails closed knows early. */
  open(context: Context): Promise<void> {
    this.#opening ??= this.#open(context);
    // A later line asks again.
    this.#opening.catch(() => (this.#opening = undefined));
    return this.#opening;
  }

  /**
   * @param record - makes what the line tells; one that throws is counted like one for which there is no room.
   * @param isReserved - whether room was kept for it.
   */
  add(record: () => AuditRecord, { class: recordClass, context }: Told, isReserved = false): void {
    this.#context = context;
    if (isReserved) this.#reserved--;
    if (isReserved || this.#hasRoom(recordClass)) this.#enqueue(record, { class: recordClass, context });
    else this.#lose({ class: recordClass, context });
    this.#start(context);
  }

  /** Waits until everything that was added is written, or a write has failed. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Writes what is left. Lines that come later, of streams that end then, are written all the same. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    this.#retry?.cancel();
    this.#retry = undefined;
    const context = this.#context;
    if (context !== undefined && this.#waiting + this.#untold > 0) {
      this.#start(context);
      await this.flush();
      if (this.#waiting > 0)
        context.warn(`holdfast ${context.service}: ${this.#waiting} lines of the audit log were not written`);
    }
    this.#opening = undefined;
    await this.#options.sink.close?.();
  }

  /** Where security events are closed, calls do not take the room of their lines. */
  #hasRoom(recordClass: RecordClass): boolean {
    const { maxQueue, fail } = this.#options;
    const isApart = recordClass === 'security' && fail.security === 'closed';
    return this.#waiting + this.#reserved < (isApart ? 2 * maxQueue : maxQueue);
  }

  #enqueue(record: () => AuditRecord, told: Told): void {
    try {
      this.#queue.push({ record: record(), ...told, atMs: this.#options.clock.now() });
    } catch (error) {
      this.#unmade(told, error);
    }
  }

  #lose(told: Told): void {
    this.#dropped++;
    this.#untold++;
    this.#tell(told, 'dropped');
  }

  #unmade(told: Told, error: unknown): void {
    told.context.warn(`holdfast ${told.context.service}: a line of the audit log could not be made`, error);
    this.#lose(told);
  }

  async #open(context: Context): Promise<void> {
    const found = await this.#options.sink.open?.();
    if (found !== undefined) this.#resume(context, found);
  }

  #resume(context: Context, { end, torn }: Found): void {
    const isElsewhere = end.hash !== this.#written.hash;
    // Sealed to follow a line that is not the last any more.
    if (isElsewhere && this.#batch !== undefined) this.#queue.unshift(...this.#batch.queued);
    if (isElsewhere) this.#batch = undefined;
    if (this.#batch === undefined) this.#chain.resume(end);
    this.#written = end;
    if (torn === undefined) return;
    const record: AuditRecord = { type: 'gap', reason: 'torn', ...torn };
    this.#queue.unshift({ record, class: 'security', context, atMs: this.#options.clock.now() });
  }

  #start(context: Context): void {
    if (this.#running !== undefined || this.#retry !== undefined) return;
    this.#running = this.#run(context).finally(() => (this.#running = undefined));
  }

  async #run(context: Context): Promise<void> {
    try {
      await this.open(context);
      while (this.#batch !== undefined || this.#queue.length > 0 || this.#untold > 0) await this.#write(context);
      this.#failure = undefined;
      this.#isWarned = false;
    } catch (error) {
      this.#failed(context, error);
    }
  }

  async #write(context: Context): Promise<void> {
    this.#batch ??= this.#sealed(context);
    const { lines, queued } = this.#batch;
    await this.#options.sink.write(lines);
    this.#batch = undefined;
    this.#written = this.#chain.end;
    for (const one of queued) this.#tell(one, 'written');
  }

  #sealed(context: Context): Batch {
    const lines: string[] = [];
    const queued: Queued[] = [];
    const seal = (one: Queued): void => {
      try {
        lines.push(this.#chain.seal(one.record, one.atMs));
        queued.push(one);
      } catch (error) {
        this.#unmade(one, error);
      }
    };
    this.#queue.splice(0, batchSize).forEach(seal);
    if (this.#untold > 0) {
      const record: AuditRecord = { type: 'gap', reason: 'dropped', count: this.#untold };
      this.#untold = 0;
      seal({ record, class: 'security', context, atMs: this.#options.clock.now() });
    }
    return { lines, queued };
  }

  #failed(context: Context, error: unknown): void {
    this.#failure = failureWords(error);
    if (!this.#isWarned)
      context.warn(`holdfast ${context.service}: the audit log cannot be written to ${this.#options.sink.name}`, error);
    this.#isWarned = true;
    // After the end only the next line asks again: a timer would keep the process.
    if (this.#isClosed) return;
    this.#retry ??= this.#options.clock.setTimer(() => {
      this.#retry = undefined;
      this.#start(context);
    }, this.#options.retryMs);
  }

  #tell({ context, class: recordClass }: Told, result: RecordEvent['result']): void {
    announce(context, 'audit.onRecord', this.#options.onRecord, { class: recordClass, result });
  }
}
