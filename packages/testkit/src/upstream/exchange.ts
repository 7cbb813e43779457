import type { ServerResponse } from 'node:http';
import type { LoggedRequest } from './log.ts';
import type { Reply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';

/** One request and what is needed to answer it, well or badly. */
export interface Exchange {
  readonly state: UpstreamState;
  readonly request: UpstreamRequest;
  readonly response: ServerResponse;
  readonly entry: LoggedRequest;
  /** Monotonic time of arrival. */
  readonly startedMs: number;
}

/** The headers of a reply: those that every reply has, its own, and its length if that is known. */
export function headersOf(exchange: Exchange, reply: Reply, contentLength?: number): string[] {
  const { state, request, startedMs } = exchange;
  const headers = [
    'content-type',
    reply.contentType ?? 'application/json',
    'x-request-id',
    request.id,
    'openai-processing-ms',
    String(Math.round(state.clock.monotonic() - startedMs)),
    'openai-version',
    '2020-10-01',
    'openai-organization',
    state.organization,
  ];
  if (request.limitHeaders !== undefined) headers.push(...request.limitHeaders);
  for (const name in reply.headers) headers.push(name, reply.headers[name]!);
  if (contentLength !== undefined) headers.push('content-length', String(contentLength));
  return headers;
}

/** Resolves when the response can take more, or never will. */
export function drained({ response }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.once('drain', settle).once('close', settle);
  });
}

/** How long a body in one piece is. */
export const byteLengthOf = (body: string | Uint8Array): number =>
  typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
