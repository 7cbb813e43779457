import type { RequestListener } from 'node:http';
import { vi } from 'vitest';
import { transport, type TransportOptions } from '../src/index.ts';
import { serveBytes, type Answerer } from './byte-server.ts';
import { serve } from './http-server.ts';

/** What is to be seen of an answer. */
export type Look<T> = (response: Response) => Promise<T> | T;

/** Made anew for each side where it can be sent only once. */
type Init = RequestInit | (() => RequestInit);

interface Both<T> {
  readonly ours: T;
  readonly native: T;
}

/** The same request through the transport and through the global fetch, each looked at in the same way. */
export async function both<T>(listener: RequestListener, look: Look<T>, init?: Init): Promise<Both<T>> {
  await using server = await serve(listener);
  return await bothAt(`${server.url}/path?q=1`, look, init);
}

/** The same over a server that answers with bytes. */
export async function bothBytes<T>(answer: Answerer, look: Look<T>, init?: Init): Promise<Both<T>> {
  await using server = await serveBytes(answer);
  return await bothAt(`${server.url}/path?q=1`, look, init);
}

/** The same at any address. What fails is told as {@link described} tells it. */
export async function bothAt<T>(url: string, look: Look<T>, init?: Init): Promise<Both<T>> {
  const pooled = transport();
  const made = (): RequestInit | undefined => (typeof init === 'function' ? init() : init);
  const ours = await told(async () => look(await pooled.fetch(url, made())));
  const native = await told(async () => look(await globalThis.fetch(url, made())));
  // Ends with the server, as answers may be left unread.
  void pooled.close();
  return { ours, native };
}

/** What `run` gives, or what it fails with. */
export async function told<T>(run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    return described(error) as T;
  }
}

/** What a caller can tell an error by; a cause by its code, as two versions of undici have words of their own. */
export function described(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error.cause as { code?: unknown } | undefined;
  const code = cause?.code === undefined ? {} : { cause: cause.code };
  return { class: error.constructor.name, name: error.name, message: error.message, ...code };
}

/** Runs `body` with a transport of its own over `server`, and closes both. */
export async function over<T>(
  server: { readonly url: string } & AsyncDisposable,
  body: (pooled: ReturnType<typeof transport>, url: string) => Promise<T>,
  options?: TransportOptions,
): Promise<T> {
  const pooled = transport(options);
  try {
    return await body(pooled, server.url);
  } finally {
    await server[Symbol.asyncDispose]();
    await pooled.close();
  }
}

/** Waits for what must come to hold, and fails with what did not. */
export const until = (holds: () => void, timeout = 5000): Promise<void> => vi.waitFor(holds, { interval: 2, timeout });
