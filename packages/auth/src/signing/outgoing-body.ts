import { Buffer } from 'node:buffer';
import { ReadableStream as WebStream } from 'node:stream/web';
import { Body, type Call } from '@holdfast/core';
import { chunks } from './chunks.ts';
import { digestHash, writeDigest, type DigestAlgorithm } from './content-digest.ts';
import { FormBody } from './form-body.ts';
import { writeForm } from './multipart.ts';
import { SigningError } from './signing-error.ts';

/** A body whose bytes are known. */
export interface OutgoingBody {
  readonly body: Body;
  /** The value of `Content-Digest`. */
  readonly digest: string;
  /** What `fetch` would say that it is, where the caller has not said. */
  readonly type: string;
  /** The body says better than the caller what it is: its boundary is in its type. */
  readonly isTypeBound: boolean;
}

/** How bodies are read. */
export interface BodyOptions {
  readonly digest: DigestAlgorithm;
  readonly maxStreamBytes: number;
}

const binary = 'application/octet-stream';

/**
 * Finds out what goes over the wire and digests it; `undefined` where the call has no body.
 *
 * @throws SigningError for a body that cannot be digested; the reason of the signal when that aborts.
 */
export async function outgoingBody({ body, signal }: Call, options: BodyOptions): Promise<OutgoingBody | undefined> {
  const { raw } = body;
  if (raw === undefined) return undefined;
  const known = (type: string, bytes: string | Uint8Array, sent: Body = body): OutgoingBody => {
    const digest = digestHash(options.digest).update(bytes).digest();
    return { body: sent, type, digest: writeDigest(options.digest, digest), isTypeBound: false };
  };
  if (typeof raw === 'string') return known('text/plain;charset=UTF-8', raw);
  if (raw instanceof URLSearchParams) return known('application/x-www-form-urlencoded;charset=UTF-8', String(raw));
  const bytes = bytesOf(raw);
  if (bytes !== undefined) return known(binary, bytes);
  if (raw instanceof Blob) {
    const type = raw.type === '' ? binary : raw.type;
    return { body, type, digest: await blobDigest(raw, signal, options.digest), isTypeBound: false };
  }
  if (raw instanceof FormData) {
    const { blob, type } = writeForm(raw);
    const digest = await blobDigest(blob, signal, options.digest);
    return { body: new FormBody(blob, body), type, digest, isTypeBound: true };
  }
  const whole = await wholeStream(raw, signal, options.maxStreamBytes);
  return known(binary, whole, new Body(whole));
}

function bytesOf(raw: object): Uint8Array | undefined {
  if (raw instanceof ArrayBuffer) return new Uint8Array(raw);
  return ArrayBuffer.isView(raw) ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength) : undefined;
}

/** Piece by piece, as a file may be larger than the memory. */
async function blobDigest(blob: Blob, signal: AbortSignal | undefined, algorithm: DigestAlgorithm): Promise<string> {
  const hash = digestHash(algorithm);
  for await (const chunk of chunks(blob.stream(), signal)) hash.update(chunk);
  return writeDigest(algorithm, hash.digest());
}

async function wholeStream(
  raw: object,
  signal: AbortSignal | undefined,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const isStream = raw instanceof ReadableStream || Symbol.asyncIterator in raw;
  if (!isStream)
    throw new SigningError('body_unknown', 'the body is of a kind whose bytes are not known before it is sent');
  if (maxBytes === 0)
    throw new SigningError(
      'stream',
      'the body is a stream, and a digest of it cannot be signed before it was read. ' +
        'Give its bytes or a Blob, or let streams be read first with sign.maxStreamBytes.',
    );
  const stream =
    raw instanceof ReadableStream ? raw : (WebStream.from(raw as AsyncIterable<unknown>) as ReadableStream<unknown>);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks(stream, signal)) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new SigningError('stream_too_long', `the body is a stream of more than sign.maxStreamBytes (${maxBytes})`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
