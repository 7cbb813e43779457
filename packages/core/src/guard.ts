import type { Call } from './call.ts';
import { refuse } from './refusal.ts';

/** Headers that prove who calls. */
const credentialHeaders = ['authorization', 'api-key'] as const;

/**
 * The last look at a request: no credential leaves for an origin that it is not bound to.
 * Returns the refusal, or `undefined` if the request may go.
 *
 * A credential set by a layer names its own origins; one that the client set is bound to the
 * client's base URL. A request of no known client with headers of its caller's own is let through.
 */
export function guard(call: Call): Response | undefined {
  const origins = call.credential?.origins ?? call.root.binding.origins;
  const { origin } = call.route;
  if (origins.length === 0 || origins.includes(origin)) return undefined;
  if (call.credential === undefined && credentialHeaders.every((name) => call.header(name) === null)) return undefined;
  const whose = call.credential === undefined ? "the client's credential" : `credential "${call.credential.id}"`;
  return refuse(call, {
    layer: 'guard',
    code: 'origin_not_bound',
    message:
      `${whose} is bound to ${origins.join(', ')} and was not sent to ${origin}. ` +
      'If that origin is yours, add it to the origins of the credential.',
  });
}

/** Redirects are never followed: they would carry the request, and with it its headers, elsewhere. */
export function refuseRedirect(call: Call, response: Response): Response {
  const location = response.headers.get('location');
  const target = location === null ? 'nowhere' : originOf(location, call.url);
  return refuse(call, {
    layer: 'guard',
    code: 'redirect_refused',
    message:
      `${call.route.origin} answered ${response.status} and pointed to ${target}; ` +
      'redirects are not followed. Set the base URL to where the API really is.',
  });
}

function originOf(location: string, base: string): string {
  try {
    return new URL(location, base).origin;
  } catch {
    return 'an unusable location';
  }
}
