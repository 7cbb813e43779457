import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { over } from './both.ts';
import { serve } from './http-server.ts';

const block = Buffer.alloc(64 * 1024, 'x');
const blocks = 1600;
const whole = blocks * block.length;
/** What the kernel may hold for both sockets, which is much more than what either process holds. */
const heldBytes = 48 * 1024 * 1024;
/** What may be alive of the bytes in this process, the server's own queue included. */
const aliveBytes = 2 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
function alive(): number {
  // The second one waits until the first one's buffers are given back.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Sends a hundred megabytes, no faster than they are taken, and tells how much has gone. */
async function sender() {
  let sent = 0;
  let waits = 0;
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': whole });
    const more = (): void => {
      while (sent < whole) {
        sent += block.length;
        if (!response.write(block)) {
          waits++;
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  return { server, sent: () => sent, waits: () => waits };
}

const ways: Record<string, (response: Response, took: (bytes: number) => Promise<void>) => Promise<void>> = {
  async 'a reader'(response, took) {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) await took(part.value.length);
  },
  async 'for await'(response, took) {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) await took(chunk.length);
  },
  async 'a BYOB reader'(response, took) {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' });
    let buffer = new Uint8Array(64 * 1024);
    for (;;) {
      const { done, value } = await reader.read(buffer);
      if (done) return;
      await took(value.length);
      buffer = new Uint8Array(value.buffer);
    }
  },
  async 'a pipe'(response, took) {
    await response.body?.pipeTo(new WritableStream<Uint8Array>({ write: (chunk) => took(chunk.length) }));
  },
};

describe('a download of a hundred megabytes', () => {
  it.each(Object.entries(ways))('by %s is never more in memory than its buffers', async (_name, read) => {
    const { server, sent, waits } = await sender();
    await over(server, async (pooled, url) => {
      const response = await pooled.fetch(url);
      let taken = 0;
      let mostHeld = 0;
      let largest = 0;
      let mostAlive = 0;
      let next = 0;
      const before = alive();
      await read(response, async (bytes) => {
        taken += bytes;
        largest = Math.max(largest, bytes);
        mostHeld = Math.max(mostHeld, sent() - taken);
        if (taken >= next) {
          mostAlive = Math.max(mostAlive, alive() - before);
          next += whole / 5;
        }
        // A reader slower than the sender: the sender has a turn, and could send all, before the next read.
        await new Promise(setImmediate);
      });
      expect(taken).toBe(whole);
      expect(mostHeld).toBeLessThan(heldBytes);
      expect(largest).toBeLessThanOrEqual(256 * 1024);
      expect(mostAlive).toBeLessThan(aliveBytes);
      expect(waits()).toBeGreaterThan(10);
    });
  });

  it('that nobody reads stays with the sender', async () => {
    const { server, sent } = await sender();
    await over(server, async (pooled, url) => {
      const response = await pooled.fetch(url);
      let before = -1;
      for (let still = 0; still < 50; still = before === sent() ? still + 1 : 0) {
        before = sent();
        await new Promise(setImmediate);
      }
      expect(sent()).toBeLessThan(heldBytes);
      await response.body?.cancel();
    });
  });
});
