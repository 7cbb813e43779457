import { UsageError } from '../usage-error.ts';

/** A line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** `undefined` for a line that is too long to be one of an audit log. */
  readonly text: string | undefined;
}

/** Longer than any line that is written: a journey keeps 200 entries. */
const longestBytes = 4 * 1024 * 1024;

/**
 * Lines of a stream of bytes, without their ends; the last one may have none. Keeps one line in memory at most.
 *
 * @throws UsageError for what is no text.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  const line = (last: Buffer): Line => {
    const isTooLong = bytes + last.length > longestBytes;
    const text = isTooLong
      ? undefined
      : Buffer.concat([...parts, last])
          .toString('utf8')
          .replace(/\r$/, '');
    parts = [];
    bytes = 0;
    return { number: number++, text };
  };
  let isFirst = true;
  for await (const chunk of chunks) {
    checkText(chunk, { name, isFirst });
    isFirst = false;
    let from = 0;
    for (let at = chunk.indexOf(newLine); at >= 0; at = chunk.indexOf(newLine, from)) {
      yield line(chunk.subarray(from, at));
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    bytes += rest.length;
    if (bytes <= longestBytes) parts.push(rest);
  }
  if (bytes > 0) yield line(Buffer.alloc(0));
}

const newLine = 0x0a;
const gzip = Buffer.from([0x1f, 0x8b]);

function checkText(chunk: Buffer, { name, isFirst }: { readonly name: string; readonly isFirst: boolean }): void {
  if (isFirst && chunk.subarray(0, 2).equals(gzip))
    throw new UsageError(`${name} is compressed; expected lines of JSON. Try: zcat FILE | holdfast explain -`);
  if (chunk.includes(0))
    throw new UsageError(`${name} is no audit log: it has bytes that are no text; expected lines of JSON.`);
}
