import { createServer, request as forward } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { transport, type TransportOptions } from '../src/index.ts';
import { serve } from './http-server.ts';

/** A proxy that forwards by address and by tunnel, and remembers what it was asked for. */
async function proxy() {
  const asked: string[] = [];
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const options = { method: incoming.method ?? 'GET', headers: incoming.headers };
    const onward = forward(incoming.url ?? '', options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const { hostname, port } = new URL(`http://${incoming.url}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    const end = (): void => void (onward.destroy(), socket.destroy());
    onward.on('error', end);
    socket.on('error', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answerOf(url: string, options?: TransportOptions): Promise<string> {
  const pooled = transport(options);
  const text = await (await pooled.fetch(`${url}/x`, { method: 'POST', body: 'hello' })).text();
  await pooled.close();
  return text;
}

const echo = () =>
  serve(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    response.end(`${request.method} ${request.url} ${body}`);
  });

describe('a proxy', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('of the options carries every call', async () => {
    await using server = await echo();
    await using between = await proxy();
    expect(await answerOf(server.url, { proxy: between.url })).toBe('POST /x hello');
    expect(between.asked).toEqual([expect.stringContaining(new URL(server.url).host)]);
  });

  it('of the environment carries every call but those to hosts that need none', async () => {
    await using server = await echo();
    await using between = await proxy();
    vi.stubEnv('HTTP_PROXY', between.url);
    vi.stubEnv('NO_PROXY', 'localhost');
    expect(await answerOf(server.url)).toBe('POST /x hello');
    expect(between.asked).toHaveLength(1);
    expect(await answerOf(server.url.replace('127.0.0.1', 'localhost'))).toBe('POST /x hello');
    expect(between.asked).toHaveLength(1);
  });

  it('of the environment is passed by where the options say so', async () => {
    await using server = await echo();
    await using between = await proxy();
    vi.stubEnv('HTTP_PROXY', between.url);
    expect(await answerOf(server.url, { proxy: false })).toBe('POST /x hello');
    expect(between.asked).toEqual([]);
  });
});
