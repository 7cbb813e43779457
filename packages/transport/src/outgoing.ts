import { Readable } from 'node:stream';
import type { HeaderChanges } from '@holdfast/core';
import type { Dispatcher } from 'undici';
import type { Address } from './addresses.ts';

/** A request as it goes to undici. */
export interface Outgoing {
  readonly options: Omit<Dispatcher.DispatchOptions, 'body'>;
  /** The body to send now. Made anew for a second time, where it can be. */
  readonly body: () => NonNullable<Dispatcher.DispatchOptions['body']> | null;
  /** Whether the same body can go out twice. */
  readonly isReplayable: boolean;
}

type Body = RequestInit['body'] | AsyncIterable<Uint8Array>;

/** What is said of the headers beside those of the request. */
export interface HeaderPlan {
  readonly changes: HeaderChanges | undefined;
  readonly acceptEncoding: string | undefined;
}

/** Reads a request off the arguments of a `fetch`. */
export function outgoing({ path, href }: Address, init: RequestInit, plan: HeaderPlan): Outgoing {
  const method = (init.method ?? 'GET').toUpperCase();
  // What the standard refuses is refused in the runtime's own words.
  if (!isPlain(method, init)) void new Request(href, { ...init, signal: null });
  const { body, type, sizeBytes, isReplayable } = sendable(init.body);
  const headers: string[] = [];
  const names = new Set<string>();
  const add = (name: string, value: string | null | undefined): void => {
    if (value == null || names.has(name)) return;
    names.add(name);
    headers.push(name, value);
  };
  for (const [name, value] of Object.entries(plan.changes ?? {})) {
    if (value === null) names.add(name);
    else add(name, value);
  }
  const given = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
  // Names come in lower case, and each of them once.
  for (const [name, value] of given) add(name, value);
  add('accept', '*/*');
  add('user-agent', 'holdfast');
  add('accept-encoding', plan.acceptEncoding);
  add('content-type', type);
  add('content-length', sizeBytes === undefined ? undefined : String(sizeBytes));
  return { options: { method, path, headers }, body, isReplayable };
}

const common: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);

/** Whether nobody could object: a common method, a body only where there may be one, a stream that says so. */
function isPlain(method: string, { body, duplex }: RequestInit & { readonly duplex?: string }): boolean {
  if (!common.has(method)) return false;
  if (body == null || typeof body === 'string') return body == null || (method !== 'GET' && method !== 'HEAD');
  const isStream = body instanceof ReadableStream || Symbol.asyncIterator in Object(body);
  return method !== 'GET' && method !== 'HEAD' && (!isStream || duplex !== undefined);
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
    const type = typeof bytes === 'string' ? { type: 'text/plain;charset=UTF-8' } : {};
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
  // Whatever is no object goes as its text.
  if (typeof body !== 'object') return String(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength) : undefined;
}
