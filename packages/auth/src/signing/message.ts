import { printable, writeInnerList, writeString, type InnerList } from './structured-fields.ts';

/** A request, as far as a signature can cover it. */
export interface Message {
  readonly method: string;
  readonly target: Target;
  /** The value of a field by its lower-case name, as {@link combined} gives it. */
  readonly field: (name: string) => string | undefined;
}

/** Where a request goes, character by character as it stands in the request. */
export interface Target {
  readonly uri: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
}

const absolute = /^(https?):\/\/([^/?#@\\]+)(\/[^?#]*)(\?[^#]*)?$/;

/** Takes an absolute URL apart. Nothing is decoded or tidied up, so two URLs that are one to a parser stay two. */
export function targetOf(url: string): Target | undefined {
  if (!/^[\x21-\x7e]+$/.test(url)) return undefined;
  const [uri, scheme, authority, path, query = ''] = absolute.exec(url) ?? [];
  if (uri === undefined || scheme === undefined || authority === undefined || path === undefined) return undefined;
  return { uri, scheme, authority, path, query };
}

const derived: Readonly<Record<string, (message: Message) => string>> = {
  '@method': ({ method }) => method,
  '@target-uri': ({ target }) => target.uri,
  '@authority': ({ target }) => target.authority,
  '@scheme': ({ target }) => target.scheme,
  '@path': ({ target }) => target.path,
  // RFC 9421, section 2.2.7: the question mark alone stands for no query.
  '@query': ({ target }) => (target.query === '' ? '?' : target.query),
};

/** A signature cannot cover itself. */
const fieldName = /^(?!signature(?:-input)?$)[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** Whether a value names a field that can be covered. */
export const isField = (name: unknown): name is string => typeof name === 'string' && fieldName.test(name);

/** Whether a component is one that can be covered here. */
export const isComponent = (name: string): boolean => Object.hasOwn(derived, name) || isField(name);

/** What a component stands for; `undefined` where the request has none, or none of plain ASCII. */
export function componentValue(message: Message, name: string): string | undefined {
  const value = Object.hasOwn(derived, name) ? derived[name]?.(message) : message.field(name);
  return value !== undefined && printable.test(value.replaceAll('\t', ' ')) ? value : undefined;
}

/**
 * The text that is signed.
 * @see RFC 9421, section 2.5
 */
export function signatureBase(values: readonly string[], covered: InnerList): string {
  const lines = covered.items.map((name, index) => `${writeString(name)}: ${values[index] ?? ''}\n`);
  return `${lines.join('')}"@signature-params": ${writeInnerList(covered)}`;
}
