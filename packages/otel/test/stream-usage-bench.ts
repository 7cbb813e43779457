import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { journeyOf, pipeline, type Journey, type Middleware, type Pipeline } from '@holdfast/core';
import { ManualClock, startUpstream, type Upstream, type UpstreamOptions } from '@holdfast/testkit';
import OpenAI from 'openai';
import { telemetry, type TelemetryOptions } from '../src/index.ts';
import { apiKey } from './bench.ts';

/** A client behind telemetry that asks for usage, and the fake upstream that it talks to over HTTP. */
export interface AskingWorld extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly client: OpenAI;
  readonly resilient: Pipeline;
  /** Bodies of the requests that were sent, as text. */
  readonly sent: string[];
  /** Of the calls, in their order. */
  readonly journeys: Journey[];
  /** Sends a request without the client. */
  readonly post: (path: string, body: unknown, init?: RequestInit) => Promise<Response>;
}

export async function askingWorld(
  options: TelemetryOptions = {},
  upstreamOptions: UpstreamOptions = {},
  layers: readonly Middleware[] = [],
): Promise<AskingWorld> {
  const upstream = await startUpstream({ clock: new ManualClock(), words: 6, ...upstreamOptions });
  const sent: string[] = [];
  const journeys: Journey[] = [];
  let builder = pipeline({
    service: 'checkout',
    fetch: (url, init) => {
      sent.push(typeof init?.body === 'string' ? init.body : typeof init?.body);
      return fetch(url, init);
    },
  }).use(telemetry({ streamUsageHosts: ['127.0.0.1'], ...options }));
  for (const layer of layers) builder = builder.use(layer);
  const resilient = builder.build();
  const through: typeof fetch = async (url, init) => {
    const response = await resilient.fetch(url, init);
    const journey = journeyOf(response);
    if (journey !== undefined) journeys.push(journey);
    return response;
  };
  const client = new OpenAI({ apiKey, baseURL: upstream.baseURL, logLevel: 'off', maxRetries: 0, fetch: through });
  const post: AskingWorld['post'] = (path, body, { headers, ...init } = {}) =>
    through(upstream.baseURL + path, {
      method: 'POST',
      body: typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body),
      ...init,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    });
  return { upstream, client, resilient, sent, journeys, post, [Symbol.asyncDispose]: () => upstream.close() };
}

/** A server that answers with `chunks(asked)`, each written by itself; `asked` tells whether usage was asked for. */
export async function scriptedServer(
  chunks: (asked: boolean, path: string) => readonly Uint8Array[],
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const chunk of chunks(body.includes('"include_usage":true'), request.url ?? '')) response.write(chunk);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
