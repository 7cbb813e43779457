import type { ChainEnd } from './chain.ts';

/** What a sink found when it was opened. */
export interface Found {
  /** The last whole line. */
  readonly end: ChainEnd;
  /** A line that was never finished. */
  readonly torn?: { readonly bytes: number; readonly sha256: string };
}

/** Where lines go. */
export interface AuditSink {
  /** For `describe()`. */
  readonly name: string;
  /** Called once before the first line. Tells what is there already; the chain goes on from it. */
  open?(): Promise<Found | undefined>;
  /**
   * Takes lines in their order, without line ends; done when they are as safe as the sink makes them. Called again with
   * the same lines after it failed, so it has to leave none of them behind then, or its reader has to bear them twice.
   */
  write(lines: readonly string[]): Promise<void>;
  close?(): Promise<void>;
}
