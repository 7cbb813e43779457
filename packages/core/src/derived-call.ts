import { Body } from './body.ts';
import { Call } from './call.ts';
import { CallRoot } from './call-root.ts';
import { routeOf } from './route.ts';

/**
 * Another request within the same call, at the same endpoint and by the same credential: its record, signal, deadline,
 * headers and hints stay. For what belongs to a call and is not what was asked, such as reading on in an answer.
 *
 * @param path - behind the base URL, with its query.
 */
export function askingFor(call: Call, method: string, path: string): Call {
  const { pathname, origin } = new URL(call.url);
  const base = pathname.slice(0, pathname.length - call.route.path.length);
  const { body: _, ...init } = call.root.init;
  const url = origin + base + path;
  const { url: _url, route: _route, body: _body, holdBack: _holdBack, ...rest } = call;
  return new Call(new CallRoot({ ...call.root, method, init }), {
    ...rest,
    url,
    route: routeOf(method, url, base),
    body: new Body(undefined),
    holdBack: undefined,
  });
}
