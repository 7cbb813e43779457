import { Body } from './body.ts';
import { Call } from './call.ts';
import { CallRoot, type CallOrigin } from './call-root.ts';
import { routeOf } from './route.ts';

/**
 * Another request within the same call, at the same endpoint and by the same credential: its record, signal, headers
 * and hints stay. For what belongs to a call and is not what was asked, such as reading on in an answer.
 *
 * @param path - behind the base URL, with its query.
 */
export function askingFor(call: Call, method: string, path: string): Call {
  const { pathname, origin, searchParams } = new URL(call.url);
  const base = pathname.slice(0, pathname.length - call.route.path.length);
  const wanted = new URL(origin + base + path);
  // Endpoints such as Azure's want their version with every request.
  for (const [name, value] of searchParams) if (!wanted.searchParams.has(name)) wanted.searchParams.append(name, value);
  const { body: _, ...init } = call.root.init;
  const changes = { url: wanted.href, route: routeOf(method, wanted.href, base), body: new Body(undefined) };
  return beyondHeaders(call, { method, init }).with({ ...changes, holdBack: undefined });
}

/**
 * The same call after it has been answered: the client's timeout is for the headers of a stream and not for its events,
 * so that what is asked for while it is read has only the deadlines that were set for the whole.
 */
export function beyondHeaders(call: Call, changes: Partial<Pick<CallOrigin, 'method' | 'init'>> = {}): Call {
  const { timeoutMs: _, ...binding } = call.root.binding;
  const headers = new Headers(call.root.headers);
  headers.delete('x-stainless-timeout');
  // Time that was kept for others than the answer is over with it.
  return new Call(new CallRoot({ ...call.root, binding, headers, ...changes }), call).with({ until: undefined });
}
