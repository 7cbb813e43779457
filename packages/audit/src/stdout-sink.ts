import type { Writable } from 'node:stream';
import type { AuditSink } from './sink.ts';

/**
 * Writes lines to standard output, or another stream, no faster than it takes them. A reader that has gone away fails
 * the writes and not the process.
 *
 * @param stream - @defaultValue `process.stdout`
 */
export function stdoutSink(stream: Writable = process.stdout): AuditSink {
  let broken: Error | undefined;
  let isWatched = false;
  return {
    name: 'stdout',
    write(lines) {
      if (!isWatched) stream.on('error', (error: Error) => (broken = error));
      isWatched = true;
      if (broken !== undefined) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        stream.write(lines.map((line) => `${line}\n`).join(''), (error) => {
          if (error == null) resolve();
          else reject(error);
        });
      });
    },
  };
}
