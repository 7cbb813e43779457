import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to the token endpoint, as it came. */
export interface GrantRequest {
  readonly form: URLSearchParams;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** How one is answered: a status and a JSON body, or by hand. */
export type Answer =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | ((request: GrantRequest, response: ServerResponse) => void);

/** A provider that answers as a test wants it, over a real socket. */
export interface ScriptedProvider extends AsyncDisposable {
  readonly issuer: string;
  /** What came to the endpoints that are asked by POST. */
  readonly grants: GrantRequest[];
  /** How often discovery was asked. */
  readonly discoveries: number;
  close(): Promise<void>;
}

/** What is different about one. */
export interface Script {
  /** Answers in turn; the last one goes on. */
  readonly answers?: readonly Answer[];
  /** Changes what the discovery says. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Answers the discovery by hand. */
  readonly discovery?: (response: ServerResponse) => void;
  /** Told at each grant, before its answer. */
  readonly onGrant?: () => void;
}

export const bearer = { access_token: 'a-token-0123456789abcdef', token_type: 'Bearer', expires_in: 300 };

export async function startScripted(script: Script = {}): Promise<ScriptedProvider> {
  const grants: GrantRequest[] = [];
  let discoveries = 0;
  const { answers = [{ body: bearer }] } = script;
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      discoveries++;
      if (script.discovery !== undefined) return script.discovery(response);
      return json(response, 200, { ...metadataOf(issuer), ...script.metadata });
    }
    void request.toArray().then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString();
      const grant = { text, form: new URLSearchParams(text), headers: request.headers };
      grants.push(grant);
      script.onGrant?.();
      const answer = answers[Math.min(grants.length, answers.length) - 1] as Answer;
      if (typeof answer === 'function') answer(grant, response);
      else json(response, answer.status ?? 200, answer.body, answer.headers);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return {
    issuer,
    grants,
    get discoveries() {
      return discoveries;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const metadataOf = (issuer: string): Record<string, unknown> => ({
  issuer,
  ...Object.fromEntries(
    ['authorization', 'token', 'revocation', 'device_authorization'].map((name) => [
      `${name}_endpoint`,
      `${issuer}/${name}`,
    ]),
  ),
  code_challenge_methods_supported: ['S256'],
});

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
