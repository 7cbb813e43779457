/**
 * The far end of a benchmark, in a process of its own so that its CPU is not the client's: answers every
 * request with the same chat completion, in one piece or as a stream of fifty events, as fast as it can.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);

/** Events of a stream before its last two. */
export const streamEvents = 50;

const words = 'word '.repeat(120);
const completion = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5',
  choices: [{ index: 0, message: { role: 'assistant', content: words }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 40, completion_tokens: 120, total_tokens: 160 },
});
const event = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'gpt-5', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const events = [
  ...Array.from({ length: streamEvents }, () => event({ content: 'word ' }, null)),
  event({}, 'stop'),
  'data: [DONE]\n\n',
];
const common = {
  'x-request-id': 'req_1',
  'openai-processing-ms': '12',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-reset-requests': '6ms',
};

/** The running far end. */
export interface FarEnd extends Disposable {
  readonly baseURL: string;
}

/** A certificate that is for tests alone. */
export const certificate = (name: 'ca' | 'server'): Buffer =>
  readFileSync(new URL(`../../packages/transport/test/test-only-${name}.pem`, import.meta.url));

/** Starts the far end in a child process; a `secure` one speaks TLS, and HTTP/2 to those who ask for it. */
export async function farEnd({ secure = false }: { readonly secure?: boolean } = {}): Promise<FarEnd> {
  const child: ChildProcess = fork(here, secure ? ['secure'] : [], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(message as number));
    child.once('exit', () => reject(new Error('the far end did not start')));
  });
  const origin = secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  return { baseURL: `${origin}/v1`, [Symbol.dispose]: () => void child.kill() };
}

type Asked = IncomingMessage | Http2ServerRequest;
type Answering = Pick<ServerResponse | Http2ServerResponse, 'end'> & {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: string): boolean;
};

function answer(request: Asked, response: Answering): void {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.once('end', () => {
    if (!body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json', ...common });
      response.end(completion);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...common });
    let index = 0;
    // One event a turn, as they come from a model: not all in one packet.
    const next = (): void => {
      response.write(events[index++] as string);
      if (index < events.length) setImmediate(next);
      else response.end();
    };
    next();
  });
}

function listen(): void {
  const own = process.argv.includes('secure') ? certificate('server') : undefined;
  const server = own
    ? createSecureServer({ key: own, cert: own, allowHTTP1: true }, answer)
    : createServer({ keepAliveTimeout: 0 }, answer);
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit());
}

if (process.argv[1] === here && process.send !== undefined) listen();
