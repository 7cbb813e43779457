import type { Body, Call } from '@holdfast/core';

/**
 * The body of a call with the wish to be told its usage; `undefined` where there is nothing to ask for or nothing may
 * be changed: no event stream, a body that is no text, one whose caller said himself what he wants to be told, and one
 * that somebody has signed or measured.
 */
export function askingBody(call: Call): Body | undefined {
  const { body, route, plainBody } = call;
  if (route.operation !== 'chat' && route.operation !== 'completions') return undefined;
  if (plainBody !== undefined || !body.stream || isVouchedFor(call)) return undefined;
  return body.withMember('stream_options', withUsage);
}

/** The options of a stream with usage among them. */
function withUsage(options: string | undefined): string | undefined {
  if (options === undefined || options === 'null') return '{"include_usage":true}';
  // Something else than an object is the caller's mistake, for the upstream to tell.
  if (!options.startsWith('{')) return undefined;
  const given = parsed(options);
  if (given === undefined || 'include_usage' in given) return undefined;
  const isEmpty = Object.keys(given).length === 0;
  return isEmpty ? '{"include_usage":true}' : `{"include_usage":true,${options.slice(1)}`;
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** Headers that say something of the very bytes of a body. */
const bodyHeaders = [
  'content-length',
  'content-encoding',
  'content-digest',
  'content-md5',
  'digest',
  'signature',
  'x-amz-content-sha256',
] as const;

/** Whether the bytes of the body are covered by a signature or a digest of the caller's, such as one of AWS. */
const isVouchedFor = (call: Call): boolean =>
  call.header('authorization')?.startsWith('AWS4-') === true || bodyHeaders.some((name) => call.header(name) !== null);
