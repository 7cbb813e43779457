import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Secret } from '@holdfast/core';
import { newToken } from './records.ts';

/** What is done in place of a good answer. `lost`: the token is spent, and the answer does not arrive. */
export type Misdeed =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'lost'
  | 'hang'
  | 'garbled';

interface Family {
  /** The refresh token that is good; none once the family was ended. */
  current: string | undefined;
}

/** A provider on this machine that takes each refresh token once, and ends a family when one comes twice. */
export class RotatingProvider implements AsyncDisposable {
  /** How many refresh tokens were spent. */
  grants = 0;
  /** How many requests came to the token endpoint. */
  requests = 0;
  /** How often a spent refresh token came again. */
  replays = 0;
  /** The access token that was given last for a refresh token. */
  lastAccess = '';
  /** In seconds. */
  expiresIn: number | undefined = 300;
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** What is done with the next requests, before answers are good again. */
  readonly misdeeds: Misdeed[] = [];
  readonly #families = new Map<string, Family>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  static async start(): Promise<RotatingProvider> {
    const provider = new RotatingProvider();
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Gives the first tokens of a family, or the next ones. */
  issue(family: Family = { current: undefined }): { readonly accessToken: Secret; readonly refreshToken: Secret } {
    const [accessToken, refreshToken] = [newToken(), newToken()];
    family.current = refreshToken.reveal();
    this.#families.set(family.current, family);
    return { accessToken, refreshToken };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { issuer } = this;
    if (request.method === 'GET') return answer(response, 200, { issuer, token_endpoint: `${issuer}/token` });
    const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
    const given = new URLSearchParams(text).get('refresh_token') ?? '';
    this.requests++;
    await this.gate;
    const misdeed = this.misdeeds.shift();
    if (misdeed === undefined) return this.#spend(given, response);
    if (misdeed === 'hang') return;
    if (typeof misdeed === 'object') return answer(response, misdeed.status, misdeed.body, misdeed.headers);
    this.grants++;
    this.lastAccess = this.issue(this.#families.get(given)).accessToken.reveal();
    if (misdeed === 'lost') response.socket?.destroy();
    else answer(response, 200, `not what was asked for: ${given}`);
  }

  #spend(given: string, response: ServerResponse): void {
    const family = this.#families.get(given);
    if (family?.current !== given) {
      if (family !== undefined) {
        this.replays++;
        family.current = undefined;
      }
      // What no provider should do: it repeats what it was sent.
      return answer(response, 400, { error: 'invalid_grant', error_description: `${given} is spent` });
    }
    this.grants++;
    const { accessToken, refreshToken } = this.issue(family);
    this.lastAccess = accessToken.reveal();
    answer(response, 200, {
      ...{ access_token: accessToken.reveal(), refresh_token: refreshToken.reveal(), token_type: 'Bearer' },
      ...(this.expiresIn !== undefined && { expires_in: this.expiresIn }),
    });
  }
}

function answer(response: ServerResponse, status: number, body: unknown = '', headers?: Record<string, string>): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
