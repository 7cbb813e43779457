import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { chainStart } from './chain.ts';
import { SinkError } from './failure-words.ts';
import { endOfLine } from './line-end.ts';
import type { Found } from './sink.ts';

/** Read at first, from the end backwards; twice as much with each step. */
const chunkBytes = 64 * 1024;

/** A line of ours ends in the last of a file, or what is there was not written by us. */
const longestTailBytes = 16 * 1024 * 1024;

const newline = 0x0a;

/** What stands at the end of a file of lines. */
export interface Tail extends Found {
  /** Whether the last line has its end. */
  readonly isEnded: boolean;
}

/**
 * The place of the last whole line, and what of a line was never finished after it. Several may have been, where a
 * process died while it closed off what another one had left. `undefined` for an empty file.
 *
 * @throws SinkError when there is no line of ours.
 */
export async function tailOf(file: FileHandle, path: string): Promise<Tail | undefined> {
  const { size } = await file.stat();
  if (size === 0) return undefined;
  let tail: Buffer = Buffer.alloc(0);
  for (let from = size; from > 0 && tail.length < longestTailBytes;) {
    const chunk = Buffer.alloc(Math.min(from, Math.max(chunkBytes, tail.length)));
    from -= chunk.length;
    await file.read(chunk, 0, chunk.length, from);
    tail = Buffer.concat([chunk, tail]);
    const found = lastLineIn(tail, from === 0);
    if (found !== undefined) return found;
  }
  // A first line that was never finished; anything else that begins otherwise is not ours to write into.
  if (tail.length === size && '{"'.startsWith(tail.toString('latin1', 0, 2).trimEnd()))
    return tailAfter(chainStart, tail, tail.length);
  throw new SinkError(`${path} ends with a line that is none of an audit log; give the log a file of its own`);
}

/** @param isWhole - whether the tail is all of the file, so that its first line has its beginning. */
function lastLineIn(tail: Buffer, isWhole: boolean): Tail | undefined {
  const isEnded = tail.at(-1) === newline;
  for (let end = isEnded ? tail.length - 1 : tail.length; end >= 0;) {
    const before = end === 0 ? -1 : tail.lastIndexOf(newline, end - 1);
    if (before < 0 && !isWhole) return undefined;
    const place = endOfLine(tail.toString('utf8', before + 1, end));
    if (place !== undefined) return tailAfter(place, tail, tail.length - end - 1);
    end = before;
  }
  return undefined;
}

/** @param restBytes - how much stands after the last whole line and its end; -1 where that is missing. */
function tailAfter(end: Tail['end'], tail: Buffer, restBytes: number): Tail {
  const isEnded = tail.at(-1) === newline;
  if (restBytes <= 0) return { end, isEnded };
  const torn = tail.subarray(tail.length - restBytes, isEnded ? tail.length - 1 : tail.length);
  const sha256 = createHash('sha256').update(torn).digest('hex');
  return { end, isEnded, torn: { bytes: torn.length, sha256 } };
}
