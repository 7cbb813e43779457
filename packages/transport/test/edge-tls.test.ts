import { readFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { TransportOptions } from '../src/index.ts';
import { bothAt, over, until } from './both.ts';

/** Keys of nobody, made for these tests with openssl for a hundred years: of `localhost`, 127.0.0.1 and ::1. */
const pem = (name: string): string => readFileSync(new URL(`test-only-${name}.pem`, import.meta.url), 'utf8');
const [ca, serverPem, clientPem] = ['ca', 'server', 'client'].map(pem) as [string, string, string];

/** Tells whom it takes its client for. */
async function serveTls(options: ServerOptions = {}) {
  const server = createServer({ cert: serverPem, key: serverPem, ca, ...options }, (request, response) => {
    const socket = request.socket as TLSSocket;
    const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: [], client: subject?.CN ?? 'nobody', name: socket.servername }));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the server said, or the code of the failure. */
async function asked(tls: TransportOptions['tls'], options?: ServerOptions, host = 'localhost'): Promise<unknown> {
  const server = await serveTls(options);
  return await over(
    server,
    async (pooled) => {
      const answer = pooled.fetch(`https://${host}:${server.port}/v1/models`).then((response) => response.json());
      return answer.catch((error: TypeError) => [error.message, (error.cause as { code: string }).code]);
    },
    tls === undefined ? {} : { tls },
  );
}

describe('over TLS', () => {
  it('a server by an authority of its own is trusted by ca', async () => {
    expect(await asked({ ca })).toEqual({ data: [], client: 'nobody', name: 'localhost' });
  });

  it('and without it is refused, as by the global fetch', async () => {
    const server = await serveTls();
    await over(server, async (_pooled, url) => {
      const { ours, native } = await bothAt(url, ({ status }) => status as unknown);
      expect(ours).toEqual(native);
      expect(ours).toMatchObject({
        message: 'fetch failed',
        cause: expect.stringMatching(/^(UNABLE_TO_|SELF_SIGNED)/),
      });
    });
  });

  it('an address is no name to be told, and is checked all the same', async () => {
    expect(await asked({ ca }, {}, '127.0.0.1')).toEqual({ data: [], client: 'nobody', name: false });
  });

  it('a name that the certificate does not have is refused', async () => {
    expect(await asked({ ca, servername: 'api.example' })).toEqual(['fetch failed', 'ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('rejectUnauthorized: false takes whoever answers', async () => {
    expect(await asked({ rejectUnauthorized: false })).toMatchObject({ client: 'nobody' });
  });

  it('cert and key show who the client is', async () => {
    const wanted = { requestCert: true, rejectUnauthorized: true };
    expect(await asked({ ca, cert: clientPem, key: clientPem }, wanted)).toMatchObject({
      client: 'holdfast test client',
    });
  });

  it('and a client without them is refused by a server that wants them', async () => {
    const answer = await asked({ ca }, { requestCert: true, rejectUnauthorized: true });
    expect(answer).toEqual(['fetch failed', expect.stringMatching(/^(ERR_SSL|ECONNRESET|UND_ERR_SOCKET|EPIPE)/)]);
  });

  it('a connection is kept, and the real client goes over it', async () => {
    const server = await serveTls();
    await over(
      server,
      async (pooled, url) => {
        const client = new OpenAI({ apiKey: 'sk-tls', baseURL: `${url}/v1`, fetch: pooled.fetch, maxRetries: 0 });
        for (let call = 0; call < 3; call++) {
          expect((await client.models.list()).data).toEqual([]);
          await until(() => expect(pooled.stats()[url]).toMatchObject({ running: 0 }));
          await new Promise(setImmediate);
        }
        expect(pooled.stats()[url]).toMatchObject({ opened: 1 });
      },
      { tls: { ca } },
    );
  });
});
