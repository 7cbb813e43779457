import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { pieces, whole } from './answers.ts';
import { answering, isChildOf, startChild, type Child } from './child.ts';

/**
 * A far end that costs as little as it can, so that with two cores it is the client that is measured: no HTTP
 * library, answers made beforehand. How long it thinks stands in the path of a request, `/after/50/v1/…`, where it
 * costs the client nothing; `/after/held/v1/…` is answered when it is told to, a stream's first event at once.
 */
const here = fileURLToPath(import.meta.url);

/** What the far end tells of itself. */
export interface FarEndState {
  /** CPU since it started, in microseconds. */
  readonly cpuUs: number;
  /** Requests that it keeps waiting. */
  readonly held: number;
  /** Requests that came so far. */
  readonly requests: number;
}

/** The running far end. */
export interface RawFarEnd extends Child<'state' | 'release', FarEndState> {
  baseURL(latency: number | 'held' | 'LATENCY'): string;
}

/** Starts a far end in a process of its own. */
export async function rawFarEnd(): Promise<RawFarEnd> {
  const child = await startChild<'state' | 'release' | 'port', FarEndState | number>(here);
  const port = (await child.ask('port')) as number;
  return {
    ask: async (question) => (await child.ask(question)) as FarEndState,
    baseURL: (latency) => `http://127.0.0.1:${port}/after/${latency}/v1`,
    [Symbol.dispose]: () => child[Symbol.dispose](),
  };
}

let requests = 0;
let held: (() => void)[] = [];

/** One connection: requests come one after the other, as HTTP/1.1 clients send them. */
function serve(socket: Socket): void {
  let pending = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    pending += data as unknown as string;
    for (let end = lengthOf(pending); end > 0; end = lengthOf(pending)) {
      const request = pending.slice(0, end);
      pending = pending.slice(end);
      requests++;
      answer(socket, request);
    }
  });
}

/** Characters of the first request in `text`, or 0 while it is not whole. */
function lengthOf(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const stated = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head));
  const length = head + 4 + Number(stated?.[1] ?? 0);
  return text.length >= length ? length : 0;
}

function answer(socket: Socket, request: string): void {
  const latency = /^\S+ \/after\/(\w+)\//.exec(request)?.[1] ?? '0';
  const isStream = request.includes('"stream":true');
  const go = (): void => (isStream ? streamed(socket, 0) : void (socket.destroyed || socket.write(whole)));
  if (latency !== 'held') {
    if (latency === '0') go();
    else setTimeout(go, Number(latency));
    return;
  }
  if (isStream) socket.write(pieces[0] as Buffer);
  held.push(isStream ? () => streamed(socket, 1) : go);
}

/** One event a turn, as they come from a model: not all in one packet. */
function streamed(socket: Socket, index: number): void {
  if (socket.destroyed) return;
  socket.write(pieces[index] as Buffer);
  if (index + 1 < pieces.length) setImmediate(streamed, socket, index + 1);
}

function listen(): void {
  const server = createServer(serve);
  // Thousands of connections come at once; what does not fit in the queue would wait a second for its next chance.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    answering((question: 'state' | 'release' | 'port') => {
      if (question === 'port') return (server.address() as AddressInfo).port;
      if (question === 'release') {
        for (const go of held) go();
        held = [];
      }
      const { user, system } = process.cpuUsage();
      return { cpuUs: user + system, held: held.length, requests };
    });
  });
}

if (isChildOf(here)) listen();
