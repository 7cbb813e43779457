import { createReadStream } from 'node:fs';

/** Lines of files, as bytes and without their ends. The last one may have none. */
export async function* linesOf(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) {
    let rest: Buffer[] = [];
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, at)]);
        rest = [];
        from = at + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
    }
    if (rest.length > 0) yield Buffer.concat(rest);
  }
}
