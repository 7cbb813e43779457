import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A server on loopback, with its connections. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  readonly sockets: ReadonlySet<Socket>;
  /** How many connections were ever made. */
  readonly opened: () => number;
}

export async function serve(listener: RequestListener): Promise<HttpServer> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  server.on('connection', (socket) => {
    opened++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sockets,
    opened: () => opened,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
