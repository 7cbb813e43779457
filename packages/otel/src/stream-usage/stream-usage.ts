import { discard, errorText, type Call, type Middleware, type Next } from '@holdfast/core';
import { acceptingHosts } from './accepting-hosts.ts';
import { askingBody } from './asking-body.ts';

/** Origins remembered; the oldest goes first. */
const maxRefusing = 100;

/** What an upstream names that does not know the parameter. */
const named = /stream_options|include_usage/;

/**
 * Asks upstreams for the usage of streams, which they tell only to those who ask. What that adds to a stream does not
 * reach the caller. One that refuses to be asked gets the same request once more without it, and is not asked again.
 *
 * @param hosts - hosts to be asked beside those that are known to accept it.
 */
export function streamUsage(hosts: readonly string[]): Middleware['handle'] {
  const accepts = acceptingHosts(hosts);
  const refusing = new Set<string>();
  return (call, next) => {
    const { route } = call;
    const body = accepts(route) && !refusing.has(route.origin) ? askingBody(call) : undefined;
    if (body === undefined) return next(call);
    return next(call.with({ body, plainBody: call.body })).then((response) =>
      response.status === 400 || response.status === 422
        ? refused(response, { call, next, remember: () => remember(refusing, route.origin) })
        : response,
    );
  };
}

interface Asked {
  /** Without the wish. */
  readonly call: Call;
  readonly next: Next;
  readonly remember: () => void;
}

/** A refusal that is not about the wish is the caller's. */
async function refused(response: Response, { call, next, remember: note }: Asked): Promise<Response> {
  const text = await errorText(call, response);
  if (text === undefined || !named.test(text)) return response;
  discard(response);
  call.journey.decision(
    'telemetry',
    'stream_usage',
    `${call.route.origin} refused stream_options with ${response.status}; the request is sent once more without it`,
  );
  const plain = await next(call);
  // Refused again, it was something else that the error named, such as the words of a prompt.
  if (plain.ok) note();
  return plain;
}

function remember(refusing: Set<string>, origin: string): void {
  if (refusing.size >= maxRefusing) refusing.delete(refusing.values().next().value as string);
  refusing.add(origin);
}
