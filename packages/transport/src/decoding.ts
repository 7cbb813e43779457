import { DecompressionStream as Decompression } from 'node:stream/web';
import { createBrotliDecompress, createZstdDecompress } from 'node:zlib';
import { Duplex } from 'node:stream';

/** What we can read. */
export const acceptedEncodings = 'gzip, deflate, br, zstd';

type Transform = ReadableWritablePair<Uint8Array, Uint8Array>;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => new Decompression('gzip') as unknown as Transform,
  'x-gzip': () => new Decompression('gzip') as unknown as Transform,
  deflate: () => new Decompression('deflate') as unknown as Transform,
  br: () => Duplex.toWeb(createBrotliDecompress()) as unknown as Transform,
  zstd: () => Duplex.toWeb(createZstdDecompress()) as unknown as Transform,
};

/** The same answer with its body in plain, whatever it was packed in; as it came where that is not known. */
export function decoded(response: Response): Response {
  const encoding = response.headers.get('content-encoding');
  if (encoding === null || response.body === null) return response;
  // The last one was applied last, and comes off first.
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'identity');
  if (!codings.every((one) => Object.hasOwn(decoders, one))) return response;
  let body = response.body;
  for (const coding of codings.toReversed()) body = body.pipeThrough((decoders[coding] as () => Transform)() as never);
  const { status, statusText, headers, url } = response;
  const plain = new Response(body, { status, statusText, headers });
  return Object.defineProperty(plain, 'url', { value: url, configurable: true });
}
