import { OptionError, Secret } from '@holdfast/core';
import { chainStart, type ChainEnd } from './chain.ts';
import { linesOf } from './file-lines.ts';
import { numbersAside } from './file-names.ts';
import { readLine, type ReadLine } from './read-line.ts';
import { TornLines } from './torn-lines.ts';

/** What a log is checked against. */
export interface VerifyAuditOptions {
  /** The key of the chain, if it has one. */
  readonly key?: string | Secret;
  /** An end that was kept elsewhere: the log has to hold it. Without one, lines cut off at the end cannot be missed. */
  readonly anchor?: ChainEnd;
  /** Where the first line follows on, for a log whose beginning was put away. @defaultValue the beginning */
  readonly after?: ChainEnd;
}

/** What `verify` found. */
export type AuditVerdict =
  | {
      readonly ok: true;
      readonly lines: number;
      /** Calls and events for which there was no room, as the log itself tells. */
      readonly dropped: number;
      /** The last line. */
      readonly end: ChainEnd;
    }
  | {
      readonly ok: false;
      /** The first line that does not follow, from 1 over all files; one more than there are, for an end that is missing. */
      readonly line: number;
      /** What is wrong with it, in words that hold nothing of the line. */
      readonly problem: string;
    };

/** Checks lines, in their order: that each is as it was written, and that none is missing, moved or put in. */
export async function verifyAudit(
  lines: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  options: VerifyAuditOptions = {},
): Promise<AuditVerdict> {
  const { anchor } = options;
  const key = typeof options.key === 'string' ? Secret.from(options.key, 'verifyAudit.key') : options.key;
  let end = options.after ?? chainStart;
  let isAnchored = anchor === undefined || (anchor.seq === end.seq && anchor.hash === end.hash);
  let torn: TornLines | undefined;
  let count = 0;
  let dropped = 0;
  for await (const line of lines) {
    count++;
    const bytes = Buffer.from(line);
    const read = readLine(bytes, key);
    // Whoever died while writing cannot have told of it; whoever came next did.
    if (read === undefined) {
      torn = torn?.and(bytes) ?? new TornLines(count, bytes);
      continue;
    }
    const problem = problemOf(read, { end, torn });
    if (problem !== undefined) return { ok: false, line: torn?.line ?? count, problem };
    torn = undefined;
    end = { seq: read.seq, hash: read.hash };
    if (anchor?.seq === end.seq) {
      if (anchor.hash !== end.hash)
        return { ok: false, line: count, problem: 'it is not the line that the anchor tells of' };
      isAnchored = true;
    }
    dropped += read.dropped;
  }
  if (torn !== undefined) return { ok: false, line: torn.line, problem: 'it is torn, and no line after it tells so' };
  if (!isAnchored)
    return {
      ok: false,
      line: count + 1,
      problem: `the log ends before line ${anchor?.seq} of the chain, which the anchor tells of`,
    };
  return { ok: true, lines: count, dropped, end };
}

/** Checks a log in a file, and in those that were put aside before it. @throws Error (`ENOENT`) if there is none. */
export function verifyAuditFile(path: string, options: VerifyAuditOptions = {}): Promise<AuditVerdict> {
  if (typeof path !== 'string' || path === '') throw new OptionError('verifyAuditFile', 'a path', path);
  const aside = numbersAside(path).map((number) => `${path}.${number}`);
  return verifyAudit(linesOf([...aside, path]), options);
}

function problemOf(read: ReadLine, { end, torn }: { end: ChainEnd; torn: TornLines | undefined }): string | undefined {
  if (torn !== undefined) {
    if (read.torn === undefined || !torn.isToldBy(read.torn)) return 'it is no line of an audit log';
  } else if (read.torn !== undefined) return 'it tells of a torn line before it, which is not there';
  if (!read.isWhole) return 'it was changed, or another key was used';
  if (read.seq !== end.seq + 1) return `it is line ${read.seq} of the chain, and line ${end.seq + 1} was expected`;
  return read.prev === end.hash ? undefined : 'it does not follow the line before it';
}
