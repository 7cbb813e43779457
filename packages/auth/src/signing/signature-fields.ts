import { isKeyId } from './key-id.ts';
import { isComponent, type Message } from './message.ts';
import { SignatureError } from './signature-error.ts';
import type { InnerList, Member } from './structured-fields.ts';
import { parseDictionary } from './structured-parser.ts';
import { limits, type ResolvedVerifierOptions } from './verifier-options.ts';

/** The one signature of a request, its parameters read. */
export interface ReceivedSignature {
  readonly covered: InnerList;
  readonly bytes: Uint8Array;
  /** Seconds since the Unix epoch, as both stand in the request. */
  readonly created: number;
  readonly expires: number;
  readonly nonce: string;
  readonly keyId: string;
  readonly alg: string;
  readonly tag: string;
}

/** Every parameter has to be there, once, and no other may. */
const types = { created: 'number', expires: 'number', nonce: 'string', keyid: 'string', alg: 'string', tag: 'string' };

/** @throws SignatureError for everything but one signature of the expected label with every parameter. */
export function signatureOf(
  message: Message,
  { label, tag }: Pick<ResolvedVerifierOptions, 'label' | 'tag'>,
): ReceivedSignature {
  const covered = onlyMember(message, 'signature-input', { label, limit: limits.signatureInput });
  const bytes = onlyMember(message, 'signature', { label, limit: limits.signature });
  if (covered instanceof Uint8Array || !(bytes instanceof Uint8Array))
    throw new SignatureError('malformed', 'Signature-Input has to be an inner list, Signature a byte sequence');
  checkComponents(covered.items);
  const signature = { covered, bytes, ...parametersOf(covered) };
  if (signature.tag !== tag) throw new SignatureError('tag_mismatch', `the tag is not ${JSON.stringify(tag)}`);
  return signature;
}

function onlyMember(
  message: Message,
  name: string,
  { label, limit }: { readonly label: string; readonly limit: number },
): Member {
  const text = message.field(name);
  if (text === undefined || text === '') throw new SignatureError('signature_missing', `there is no ${name}`);
  if (text.length > limit) throw new SignatureError('too_large', `${name} is longer than ${limit} characters`);
  const members = parseDictionary(text);
  if (members === undefined) throw new SignatureError('malformed', `${name} is not written as RFC 8941 has it`);
  const member = members.get(label);
  if (members.size > 1) throw new SignatureError('signature_ambiguous', `${name} has more than one signature`);
  if (member === undefined) throw new SignatureError('label_mismatch', `${name} has no signature "${label}"`);
  return member;
}

function checkComponents(items: readonly string[]): void {
  if (items.length > limits.components)
    throw new SignatureError('too_large', `more than ${limits.components} components are covered`);
  if (!items.every(isComponent))
    throw new SignatureError('component_unknown', 'a component is covered that is neither known nor a field');
  if (new Set(items).size !== items.length)
    throw new SignatureError('malformed', 'a component is covered more than once');
}

function parametersOf({ parameters }: InnerList): Omit<ReceivedSignature, 'covered' | 'bytes'> {
  for (const name of parameters.keys())
    if (!Object.hasOwn(types, name))
      throw new SignatureError('parameter_unknown', `a parameter is none of ${Object.keys(types).join(', ')}`);
  for (const [name, type] of Object.entries(types)) {
    const value = parameters.get(name);
    if (value === undefined) throw new SignatureError('parameter_missing', `the parameter ${name} is missing`);
    if (typeof value !== type) throw new SignatureError('malformed', `the parameter ${name} is no ${type}`);
  }
  const text = (name: string): string => parameters.get(name) as string;
  const nonce = text('nonce');
  if (nonce.length < limits.shortestNonce || nonce.length > limits.longestNonce)
    throw new SignatureError(
      'malformed',
      `a nonce has ${limits.shortestNonce} to ${limits.longestNonce} characters, not ${nonce.length}`,
    );
  const keyId = text('keyid');
  if (!isKeyId(keyId)) throw new SignatureError('malformed', 'the parameter keyid is empty or too long');
  const seconds = (name: string): number => parameters.get(name) as number;
  return {
    created: seconds('created'),
    expires: seconds('expires'),
    nonce,
    keyId,
    alg: text('alg'),
    tag: text('tag'),
  };
}
