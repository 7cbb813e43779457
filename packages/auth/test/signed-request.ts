import { pipeline, type Middleware } from '@holdfast/core';
import { jsonAnswer, ManualClock } from '@holdfast/testkit';
import {
  memoryNonces,
  sign,
  SignatureError,
  verifier,
  type ReceivedRequest,
  type SignOptions,
  type VerificationKey,
  type Verifier,
  type VerifierOptions,
} from '../src/index.ts';

/** The keys of RFC 9421, appendices B.1.4 and B.1.5. */
export const sharedSecret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
export const privatePem =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n';
export const publicJwk = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' };

export const origin = 'https://gateway.example';
export const chatUrl = `${origin}/v1/chat/completions`;

export const hmacKey = { keyId: 'shared-1', alg: 'hmac-sha256', secret: sharedSecret } as const;
export const edKey = { keyId: 'service-1', alg: 'ed25519', privateKey: privatePem } as const;

const known: Readonly<Record<string, VerificationKey>> = {
  'shared-1': { alg: 'hmac-sha256', secret: sharedSecret },
  'service-1': { alg: 'ed25519', publicKey: publicJwk },
  'revoked-1': { alg: 'hmac-sha256', secret: sharedSecret, revoked: true },
};

/** A request as it left, as a verifier takes it. Every field by its lower-case name. */
export interface Left extends ReceivedRequest {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Signs a request in a pipeline and catches what leaves. */
export async function leave(
  options: Partial<SignOptions> = {},
  { url = chatUrl, clock = new ManualClock(), around = [], ...init }: Sending = {},
): Promise<Left> {
  const caught: Left[] = [];
  const builder = pipeline({
    service: 'signed',
    clock,
    async fetch(input, sent) {
      // As fetch itself reads them: types, boundaries and text turned into bytes.
      const request = new Request(input as string, sent);
      const { pathname, search, origin: host } = new URL(request.url);
      caught.push({
        method: request.method,
        url: host + pathname + search,
        headers: Object.fromEntries(request.headers),
        body: new Uint8Array(await request.arrayBuffer()),
      });
      return jsonAnswer();
    },
  });
  for (const layer of around) builder.use(layer);
  const { fetch } = builder.use(sign({ key: hmacKey, origins: [origin], ...options })).build();
  const response = await fetch(url, { method: 'POST', body: '{"model":"gpt-5"}', ...json, ...init } as RequestInit);
  if (caught[0] === undefined) throw new Error(await response.text());
  return caught[0];
}

interface Sending extends Omit<RequestInit, 'body'> {
  readonly body?: unknown;
  readonly url?: string;
  readonly clock?: ManualClock;
  readonly around?: readonly Middleware[];
}

const json = { headers: { 'content-type': 'application/json' } };

/** A verifier that knows the keys above, by a clock that stands where that of {@link leave} does. */
export function gate(options: Partial<VerifierOptions> = {}): Verifier & { readonly clock: ManualClock } {
  const clock = (options.clock as ManualClock | undefined) ?? new ManualClock();
  const keys = (keyId: string): VerificationKey | undefined => (Object.hasOwn(known, keyId) ? known[keyId] : undefined);
  return { clock, ...verifier({ keys, origins: [origin], nonceStore: memoryNonces({ clock }), clock, ...options }) };
}

/** The code by which a request was refused, or `accepted`. Whatever else is thrown goes on. */
export async function verdict(by: Verifier, request: ReceivedRequest): Promise<string> {
  try {
    await by.verify(request);
    return 'accepted';
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
}
