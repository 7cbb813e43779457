import type { Clock, Fetch, Secret } from '@holdfast/core';
import { CredentialError } from '../credential-error.ts';
import { failure, traitsOf } from './source-failure.ts';
import { isObject, parsedObject } from './take-in.ts';

/** A Vault and how it is talked to. */
export interface VaultServer {
  readonly id: string;
  readonly address: string;
  readonly namespace: string | undefined;
  readonly fetch: Fetch | undefined;
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** One request. */
export interface VaultRequest {
  /** Below `/v1/`. */
  readonly path: string;
  readonly token?: Secret;
  /** Sent as JSON, with POST. */
  readonly body?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** An answer: its status, and the object in its body if that went well. */
export interface VaultAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Asks once. A redirect is not followed, as the token would go along.
 *
 * @throws CredentialError when nothing came, or what came is too large or no JSON object.
 */
export async function vaultRequest(server: VaultServer, request: VaultRequest): Promise<VaultAnswer> {
  const { id, fetch = globalThis.fetch } = server;
  const { path, body, signal } = request;
  try {
    const response = await fetch(`${server.address.replace(/\/+$/, '')}/v1/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: headersOf(server, request),
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'manual',
      signal,
    });
    const text = await textOf(response, server.maxBytes);
    const { status } = response;
    if (text === undefined) throw failure(id, `Vault answered with more than ${server.maxBytes} bytes`);
    return { status, fields: response.ok ? parsedObject(`${id}: answer of Vault`, text) : {} };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof CredentialError) throw error;
    throw failure(id, `Vault could not be reached${traitsOf(error)}`);
  }
}

function headersOf({ namespace }: VaultServer, { token, body }: VaultRequest): Record<string, string> {
  return {
    accept: 'application/json',
    // Without it, agents and proxies of Vault refuse requests that a server was tricked into.
    'x-vault-request': 'true',
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { 'x-vault-token': token.reveal() }),
    ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
  };
}

/** The body, or `undefined` if it is larger than it may be; the rest is not read then. */
async function textOf(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Follows fields inwards; `undefined` where there is none. */
export const fieldAt = (fields: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
    fields,
  );

const statusWords: Readonly<Record<number, string>> = {
  400: 'the request or what it proves itself with is not valid',
  403: 'permission denied',
  404: 'there is nothing at this path, or it was deleted',
  405: 'this path cannot be read; is the engine the right one?',
  412: 'the server has not caught up yet',
  429: 'it is a standby, or its rate limit is reached',
  472: 'it is a secondary for disaster recovery',
  473: 'it is a standby for performance',
  503: 'it is sealed or under maintenance',
};

/** What an answer that went wrong means. What its body says is not repeated. */
export function answerFailure(id: string, status: number): Error {
  const words =
    status >= 300 && status < 400
      ? 'a redirect, which is not followed; expected the address of the active server or of its load balancer'
      : (statusWords[status] ?? 'which was not expected');
  return failure(id, `Vault answered ${status}: ${words}`);
}
