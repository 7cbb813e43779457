/** The far end of a storm, in a process of its own: does to every request what its `x-fault` says. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** All that it can do to a request. `hang` and `stall` are for those who will give up. */
export const faults = ['none', 'slow', 'reset', 'cut', 'refuse', 'large', 'early', 'hang', 'stall'] as const;
export type Fault = (typeof faults)[number];

/** What it has seen. */
export interface Seen {
  readonly open: number;
  readonly mostOpen: number;
  readonly requests: number;
}

/** The running far end. */
export interface FarEnd extends AsyncDisposable {
  readonly url: string;
  readonly seen: () => Promise<Seen>;
}

const here = fileURLToPath(import.meta.url);

export async function farEnd(): Promise<FarEnd> {
  const child = fork(here, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async seen() {
      const answer = once(child, 'message') as Promise<[Seen]>;
      child.send('seen');
      return (await answer)[0];
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

const choice = { index: 0, finish_reason: 'stop' };
const whole = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-5',
  choices: [{ ...choice, message: { role: 'assistant', content: 'word '.repeat(100) } }],
});
const filler = 'x'.repeat(300_000);
const large = JSON.stringify({ id: 'chatcmpl-1', choices: [], filler });
const event = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_767_225_600, model: 'gpt-5', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const events = [
  event({ role: 'assistant', content: '' }, null),
  ...Array.from({ length: 9 }, () => event({ content: 'word ' }, null)),
  event({}, 'stop'),
  'data: [DONE]\n\n',
];
const largeEvent = event({ content: filler }, null);
const json = { 'content-type': 'application/json' };
const eventStream = { 'content-type': 'text/event-stream' };

/** Sends the first `count` events, one a turn. */
function stream(response: ServerResponse, count: number, then: () => void): void {
  response.writeHead(200, eventStream);
  let index = 0;
  const next = (): void => {
    response.write(events[index++]);
    if (index < count) setImmediate(next);
    else then();
  };
  next();
}

function half(response: ServerResponse, isStream: boolean, then: () => void): void {
  if (isStream) return stream(response, 4, then);
  response.writeHead(200, { ...json, 'content-length': whole.length });
  response.write(whole.slice(0, 200), then);
}

const answers: Readonly<Record<Fault, (response: ServerResponse, isStream: boolean) => void>> = {
  none: (response, isStream) =>
    isStream ? stream(response, events.length, () => response.end()) : response.writeHead(200, json).end(whole),
  slow: (response, isStream) => void setTimeout(() => answers.none(response, isStream), 5),
  reset: (response) => void response.socket?.resetAndDestroy(),
  cut: (response, isStream) => half(response, isStream, () => response.socket?.destroy()),
  refuse: (response) => response.writeHead(503, json).end('{"error":{"message":"overloaded"}}'),
  large(response, isStream) {
    if (isStream) response.writeHead(200, eventStream).end(events[0] + largeEvent + events.slice(-2).join(''));
    else response.writeHead(200, json).end(large);
  },
  early: (response) => response.writeHead(413, json).end('{"error":{"message":"too large"}}'),
  hang: () => undefined,
  stall: (response, isStream) => half(response, isStream, () => undefined),
};

function listen(): void {
  let open = 0;
  let mostOpen = 0;
  let requests = 0;
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    requests++;
    const fault = request.headers['x-fault'] as Fault;
    const isStream = request.headers['x-stream'] === 'yes';
    request.on('error', () => undefined).resume();
    if (fault === 'early') answers.early(response, isStream);
    else request.once('end', () => answers[fault](response, isStream));
  });
  server.on('connection', (socket) => {
    open++;
    mostOpen = Math.max(mostOpen, open);
    socket.on('error', () => undefined).once('close', () => open--);
  });
  server.listen(0, '127.0.0.1', 4096, () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', () => process.send?.({ open, mostOpen, requests } satisfies Seen));
  process.once('disconnect', () => process.exit());
}

if (process.argv[1] === here && process.send !== undefined) listen();
