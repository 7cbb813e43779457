import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** A request as it goes to undici. */
export interface Outgoing {
  readonly options: Omit<Dispatcher.DispatchOptions, 'body'>;
  /** The body to send now. Made anew for a second time, where it can be. */
  readonly body: () => NonNullable<Dispatcher.DispatchOptions['body']> | null;
  /** Whether the same body can go out twice. */
  readonly isReplayable: boolean;
}

type Body = RequestInit['body'] | AsyncIterable<Uint8Array>;

/** Reads a request off the arguments of a `fetch`. */
export function outgoing(url: URL, init: RequestInit, acceptEncoding: string | undefined): Outgoing {
  const headers = flatHeaders(init.headers);
  const names = new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  if (!names.has('accept')) headers.push('accept', '*/*');
  if (!names.has('user-agent')) headers.push('user-agent', 'holdfast');
  if (acceptEncoding !== undefined && !names.has('accept-encoding')) headers.push('accept-encoding', acceptEncoding);
  const { body, type, sizeBytes, isReplayable } = sendable(init.body);
  if (type !== undefined && !names.has('content-type')) headers.push('content-type', type);
  if (sizeBytes !== undefined && !names.has('content-length')) headers.push('content-length', String(sizeBytes));
  const method = (init.method ?? 'GET').toUpperCase();
  return { options: { method, path: url.pathname + url.search, headers }, body, isReplayable };
}

function flatHeaders(headers: RequestInit['headers']): string[] {
  if (headers === undefined) return [];
  const flat: string[] = [];
  for (const [name, value] of headers instanceof Headers ? headers : new Headers(headers)) flat.push(name, value);
  return flat;
}

interface Sendable extends Pick<Outgoing, 'body' | 'isReplayable'> {
  /** What the body says of itself. */
  readonly type?: string;
  /** Where undici would not know it. */
  readonly sizeBytes?: number;
}

function sendable(body: Body | undefined): Sendable {
  const bytes = body == null ? null : bytesOf(body);
  if (bytes !== undefined) {
    const type = typeof body === 'string' ? { type: 'text/plain;charset=UTF-8' } : {};
    return { body: () => bytes, ...type, isReplayable: true };
  }
  if (body instanceof URLSearchParams)
    return { body: () => String(body), type: 'application/x-www-form-urlencoded;charset=UTF-8', isReplayable: true };
  if (body instanceof Blob) {
    const type = body.type === '' ? {} : { type: body.type };
    return { body: () => Readable.fromWeb(body.stream() as never), ...type, sizeBytes: body.size, isReplayable: true };
  }
  if (body instanceof FormData) return formBody(body);
  if (body instanceof ReadableStream) return { body: () => Readable.fromWeb(body as never), isReplayable: false };
  return { body: () => Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }), isReplayable: false };
}

/** undici takes forms of its own making only; the runtime writes those of everybody, and streams their files. */
function formBody(form: FormData): Sendable {
  const first = new Response(form);
  const type = first.headers.get('content-type') as string;
  // Written once: another writing would have another boundary than the header says.
  return { body: () => Readable.fromWeb(first.body as never), type, isReplayable: false };
}

function bytesOf(body: NonNullable<Body>): string | Uint8Array | undefined {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength) : undefined;
}
