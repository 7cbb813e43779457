import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { HttpServer } from './http-server.ts';

/** What answers the head of a request, byte by byte as it likes. */
export type Answerer = (socket: Socket, head: string) => void;

/** A server below HTTP: for answers that no HTTP server would give, and for hanging up in the middle of one. */
export async function serveBytes(answer: Answerer, host = '127.0.0.1'): Promise<HttpServer> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((socket) => {
    opened++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let head = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      head += text;
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const whole = head.slice(0, end);
      head = '';
      answer(socket, whole);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    sockets,
    opened: () => opened,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with `text`, byte for byte, and hangs up if told to. */
export const bytes =
  (text: string, then: 'stay' | 'close' | 'reset' = 'stay'): Answerer =>
  (socket) => {
    const leave = (): void => void (then === 'close' ? socket.end() : then === 'reset' ? socket.resetAndDestroy() : 0);
    if (text === '') leave();
    else socket.write(Buffer.from(text, 'latin1'), () => setImmediate(leave));
  };
