import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { pipeline, type Transform } from 'node:stream';
import { bodyFailure } from './failure.ts';
import type { BodySource } from './held-body.ts';

/** What we can read. */
export const acceptedEncodings = 'gzip, deflate, br, zstd';

type Bytes = AsyncIterable<Uint8Array>;

/** A body that lacks its last bytes is read as far as it goes, as browsers and the global fetch do. */
const leniently = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const brotliLeniently = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};
const zstdLeniently = { flush: constants.ZSTD_e_continue, finishFlush: constants.ZSTD_e_end };

/** Decoders by coding; each is told how the body begins. */
const decoders: Readonly<Record<string, (first: Uint8Array) => Transform>> = {
  gzip: () => createGunzip(leniently),
  'x-gzip': () => createGunzip(leniently),
  // Some servers leave the wrapper out that the standard asks for.
  deflate: ([byte = 0]) => ((byte & 0x0f) === 0x08 ? createInflate(leniently) : createInflateRaw(leniently)),
  br: () => createBrotliDecompress(brotliLeniently),
  zstd: () => createZstdDecompress(zstdLeniently),
};

/** The same body in plain, whatever it was packed in; as it came where that is not known. */
export function decodedBody(body: BodySource, encoding: string): BodySource {
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== 'identity' && one !== '');
  if (codings.length === 0 || !codings.every((one) => Object.hasOwn(decoders, one))) return body;
  // The last one was applied last, and comes off first.
  const plain = codings.reduceRight<Bytes>((bytes, coding) => unpacked(bytes, coding), chunksOf(body));
  return new DecodedBody(body, plain);
}

class DecodedBody implements BodySource {
  readonly #body: BodySource;
  readonly #plain: AsyncIterator<Uint8Array>;

  constructor(body: BodySource, plain: Bytes) {
    this.#body = body;
    this.#plain = plain[Symbol.asyncIterator]();
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#plain.next();
      return done === true ? undefined : value;
    } catch (error) {
      // What broke further in has its words already, and the reason of an abort stays what it is.
      throw isOfDecoder(error) ? bodyFailure(error) : error;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    await this.#body.cancel(reason);
    await this.#plain.return?.();
  }

  async readAll(): Promise<readonly Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) chunks.push(chunk);
    return chunks;
  }
}

const isOfDecoder = (error: unknown): boolean =>
  /^(?:Z_|ZSTD_|ERR_)/.test(String((error as { code?: unknown } | null)?.code));

async function* chunksOf(body: BodySource): AsyncGenerator<Uint8Array> {
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) yield chunk;
}

async function* unpacked(packed: Bytes, coding: string): AsyncGenerator<Uint8Array> {
  const bytes = packed[Symbol.asyncIterator]();
  const first = await bytes.next();
  // Nothing at all is nothing in every coding.
  if (first.done === true) return;
  const decoder = (decoders[coding] as (first: Uint8Array) => Transform)(first.value);
  // Its error is that of the decoder, which fails whoever reads.
  pipeline(joined(first.value, bytes), decoder, () => undefined);
  yield* decoder as Bytes;
}

async function* joined(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}
