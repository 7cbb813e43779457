import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fromIncoming,
  memoryNonces,
  SignatureError,
  verifier,
  type ReadingOptions,
  type VerifierOptions,
} from '../src/index.ts';
import { publicJwk, sharedSecret } from './signed-request.ts';

/** A private gateway on a socket: answers what it accepts with what it read, and refuses the rest. */
export interface Gateway extends AsyncDisposable {
  readonly origin: string;
  /** `accepted` or the code of the refusal, in the order in which requests were answered. */
  readonly verdicts: string[];
  readonly inputs: string[];
}

export async function startGateway(
  options: Partial<VerifierOptions> = {},
  reading: ReadingOptions = {},
): Promise<Gateway> {
  const verdicts: string[] = [];
  const inputs: string[] = [];
  let checked: ReturnType<typeof verifier> | undefined;
  const respond: RequestListener = (incoming, response) => {
    inputs.push(String(incoming.headers['signature-input']));
    void judged(incoming).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  };
  const judged = async (incoming: IncomingMessage): Promise<[number, unknown]> => {
    try {
      const { keyId, body } = await (checked as NonNullable<typeof checked>).verify(fromIncoming(incoming, reading));
      verdicts.push('accepted');
      return [200, { keyId, body: Buffer.from(body).toString('latin1') }];
    } catch (error) {
      const { code, status } = error as SignatureError;
      verdicts.push(error instanceof SignatureError ? code : String(error));
      return [status, { error: { code, message: 'The signature was refused.' } }];
    }
  };
  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  checked = verifier({
    keys: (keyId) =>
      keyId === 'service-1' ? { alg: 'ed25519', publicKey: publicJwk } : { alg: 'hmac-sha256', secret: sharedSecret },
    origins: [reading.origin ?? origin],
    nonceStore: memoryNonces(options.clock && { clock: options.clock }),
    ...options,
  });
  return {
    origin,
    verdicts,
    inputs,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
