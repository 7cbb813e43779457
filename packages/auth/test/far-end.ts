import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came. */
export interface Came {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is answered; `undefined` leaves whoever asks without an answer. */
export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A server on this machine. */
export interface FarEnd {
  readonly port: number;
  readonly address: string;
  readonly came: Came[];
  /** How many who asked went away without an answer. */
  readonly left: () => number;
}

/** Starts a server for the test that runs. */
export async function farEnd(answer: (came: Came) => Answered | undefined): Promise<FarEnd> {
  const came: Came[] = [];
  let left = 0;
  const server = createServer((request, response) => {
    let body = '';
    response.on('close', () => (left += response.writableEnded ? 0 : 1));
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      came.push(one);
      const answered = answer(one);
      if (answered === undefined) return;
      response.writeHead(answered.status ?? 200, { 'content-type': 'application/json', ...answered.headers });
      response.end(typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, address: `http://127.0.0.1:${port}`, came, left: () => left };
}
