import { randomBytes } from 'node:crypto';
import { refuse, type Call, type HeaderChanges, type Middleware, type Next } from '@holdfast/core';
import { canonical } from './fields.ts';
import { leavingField } from './leaving-field.ts';
import { componentValue, signatureBase, targetOf, type Message } from './message.ts';
import { keyOfCall, NoKeyError } from './key-of-call.ts';
import { resolveOptions, type ResolvedSignOptions, type SignOptions } from './options.ts';
import { outgoingBody, type OutgoingBody } from './outgoing-body.ts';
import type { ReadySigningKey } from './signing-key.ts';
import { SigningError } from './signing-error.ts';
import { writeBytes, writeInnerList, type ParameterMap } from './structured-fields.ts';

/**
 * Signs each attempt to a private gateway (RFC 9421): method, URL, body and its type, with a time, an end and a nonce of
 * its own. A request that cannot be signed is not sent.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function sign(options: SignOptions): Middleware {
  const resolved = resolveOptions(options);
  const { origins, key, label } = resolved;
  return {
    name: 'sign',
    layer: 'sign',
    handle: (call, next) => (origins.includes(call.route.origin) ? signed(call, next, resolved) : next(call)),
    describe: () =>
      `${label} by ${key === undefined ? 'a key from a function' : `${key.keyId} (${key.alg})`}; only to ${origins.join(', ')}`,
  };
}

async function signed(call: Call, next: Next, options: ResolvedSignOptions): Promise<Response> {
  let outgoing: Call;
  try {
    const key = await keyOfCall(call, options);
    const body = await outgoingBody(call, options);
    // Only now: a large body takes its time, and the signature is to hold from when it leaves.
    const headers = signatureHeaders({ call, key, body, options });
    const headerChanges = { ...call.headerChanges, ...headers };
    outgoing = call.with({ headerChanges, ...(body !== undefined && { body: body.body }) });
  } catch (error) {
    if (error instanceof NoKeyError) return refuseWithoutKey(call, error);
    if (error instanceof SigningError) call.journey.refusal('sign', `unsignable_${error.reason}`, error.message);
    throw error;
  }
  return next(outgoing);
}

function refuseWithoutKey(call: Call, { message }: NoKeyError): Response {
  return refuse(call, {
    layer: 'sign',
    code: 'credentials_exhausted',
    message: `No key to sign with: ${message}. Nothing was sent to ${call.route.origin}.`,
  });
}

interface Signing {
  readonly call: Call;
  readonly key: ReadySigningKey;
  readonly body: OutgoingBody | undefined;
  readonly options: ResolvedSignOptions;
}

/** The headers of a signature, and those that it covers as far as they are not there yet. */
function signatureHeaders({ call, key, body, options }: Signing): HeaderChanges {
  const { label, fields } = options;
  const said = bodyFields(call, body);
  const further = fields.map((name) => [name, leavingField(call, name)] as const);
  const covered: HeaderChanges = { ...Object.fromEntries(further), ...said };
  const names = Object.keys(covered).filter((name) => covered[name] !== null);
  const items = ['@method', '@target-uri', ...names];
  const { origin, pathname, search } = new URL(call.url);
  const target = targetOf(origin + pathname + search);
  const field = (name: string): string => canonical(covered[name] ?? '');
  const message = target && { method: call.method, target, field };
  const values = items.map((name) => valueOf(message, name));
  const list = { items, parameters: parametersOf(call, key, options) };
  return {
    ...said,
    'signature-input': `${label}=${writeInnerList(list)}`,
    signature: `${label}=${writeBytes(key.sign(signatureBase(values, list)))}`,
  };
}

function valueOf(message: Message | undefined, name: string): string {
  const value = message && componentValue(message, name);
  if (value === undefined)
    throw new SigningError(
      'unprintable',
      `${name} has characters outside of printable ASCII, which no signature covers`,
    );
  return value;
}

/** What the fields say of the body. A digest that came with the request is not ours to vouch for. */
function bodyFields(call: Call, body: OutgoingBody | undefined): HeaderChanges {
  if (body === undefined) return call.header('content-digest') === null ? {} : { 'content-digest': null };
  const type = body.isTypeBound ? body.type : (call.header('content-type') ?? body.type);
  const encoding = call.header('content-encoding');
  return {
    'content-digest': body.digest,
    'content-type': type,
    ...(encoding !== null && { 'content-encoding': encoding }),
  };
}

function parametersOf(call: Call, key: ReadySigningKey, { tag, expiresMs }: ResolvedSignOptions): ParameterMap {
  const created = Math.floor(call.clock.now() / 1000);
  return new Map<string, string | number>([
    ['created', created],
    ['expires', created + Math.ceil(expiresMs / 1000)],
    ['nonce', randomBytes(16).toString('base64url')],
    ['keyid', key.keyId],
    ['alg', key.alg],
    ['tag', tag],
  ]);
}
