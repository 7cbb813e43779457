import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { explainJson } from 'holdfast';
import { UsageError } from '../usage-error.ts';
import { linesOf } from './lines.ts';
import type { CallText, Tally } from './tally.ts';

/** What was read of a log. */
export interface ReadLog {
  /** Those that are wanted, oldest first. */
  readonly calls: readonly CallText[];
  /** Of all calls, those that are not wanted included. */
  readonly tally: Tally;
  /** Numbers of lines that are none of an audit log. */
  readonly unread: readonly number[];
}

/** What is wanted of a log. */
export interface Wanted {
  readonly isWanted: (call: CallText) => boolean;
  readonly last: number;
  readonly tally: Tally;
}

/** Where a log is read from. */
export interface LogSource {
  /** `-` is standard input. */
  readonly file: string;
  readonly stdin: Readable;
}

/**
 * Reads the calls that are wanted, the last so many of them. Lines that cannot be read are told and skipped: logs are
 * read when something has gone wrong already.
 *
 * @throws UsageError for a file that is not there, cannot be read or is no audit log.
 */
export async function readLog(source: LogSource, { isWanted, last, tally }: Wanted): Promise<ReadLog> {
  const name = source.file === '-' ? 'Standard input' : source.file;
  const calls: CallText[] = [];
  const unread: number[] = [];
  let written = 0;
  for await (const { number, text } of linesOf(readable(chunksOf(source), name), name)) {
    if (text?.trim() === '') continue;
    written++;
    const record = text === undefined ? undefined : recordOf(text);
    if (record === undefined) unread.push(number);
    if (record?.type !== 'call') continue;
    tally.add(record);
    if (isWanted(record)) calls.push(record);
    if (calls.length > 2 * last) calls.splice(0, calls.length - last);
  }
  if (written > 0 && unread.length === written)
    throw new UsageError(`${name} is no audit log: expected lines of JSON with a type, and none of ${written} is one.`);
  return { calls: calls.slice(-last), tally, unread };
}

function chunksOf({ file, stdin }: LogSource): AsyncIterable<Buffer> {
  if (file === '-') return stdin;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`${file} cannot be read: there is no such file.`);
  if (found.isDirectory()) throw new UsageError(`${file} is a directory; expected a file of audit lines.`);
  return createReadStream(file, { highWaterMark: 256 * 1024 });
}

/** What goes wrong while it is read is about the file, and told as that. */
async function* readable(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}.`);
  }
}

/** A line of an audit log; `undefined` for what is none. A call has to have a story. */
function recordOf(text: string): CallText | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('type' in parsed)) return undefined;
  const { type } = parsed;
  if (typeof type !== 'string' || (type === 'call' && explainJson(parsed) === undefined)) return undefined;
  return parsed as CallText;
}
