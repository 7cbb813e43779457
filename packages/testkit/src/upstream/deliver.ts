import { byteLengthOf, drained, headersOf } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

/** Sends a reply as it should be sent: each frame in a write of its own, no faster than it is read. */
export async function deliver(exchange: Exchange, reply: Reply): Promise<void> {
  const { response, entry } = exchange;
  entry.status = reply.status;
  if (reply.frames === undefined) {
    const body = reply.body ?? '';
    response.writeHead(reply.status, headersOf(exchange, reply, byteLengthOf(body)));
    response.end(body);
    return;
  }
  response.writeHead(reply.status, headersOf(exchange, reply));
  for (const frame of reply.frames) {
    if (response.destroyed) return;
    entry.eventsSent += 1;
    if (!response.write(frame)) await drained(exchange);
  }
  response.end();
}
