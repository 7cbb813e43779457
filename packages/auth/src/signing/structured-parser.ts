import { Buffer } from 'node:buffer';
import type { InnerList, Member, ParameterValue } from './structured-fields.ts';

const key = /[a-z*][a-z0-9_.*-]*/y;
const string = /"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y;
const integer = /0|-?[1-9][0-9]{0,14}/y;
const base64 = /:[A-Za-z0-9+/]*={0,2}:/y;

/**
 * Reads a dictionary of inner lists of strings and of byte sequences (RFC 8941, section 4.2.2), in the one form in which
 * it is to be written: what is read is what was signed, character by character. A name that comes twice, an item with
 * parameters and every type that a signature does not need are refused.
 *
 * @returns `undefined` for a text that is no such dictionary.
 */
export function parseDictionary(text: string): ReadonlyMap<string, Member> | undefined {
  const scanner = new Scanner(text);
  const members = new Map<string, Member>();
  do {
    const name = scanner.take(key);
    if (name === undefined || members.has(name) || !scanner.skip('=')) return undefined;
    const member = scanner.skip('(') ? innerList(scanner) : bytes(scanner);
    if (member === undefined) return undefined;
    members.set(name, member);
  } while (scanner.skip(', '));
  return scanner.isAtEnd ? members : undefined;
}

/** What follows the opening bracket. */
function innerList(scanner: Scanner): InnerList | undefined {
  const items: string[] = [];
  while (!scanner.skip(')')) {
    if (items.length > 0 && !scanner.skip(' ')) return undefined;
    const item = scanner.take(string);
    if (item === undefined) return undefined;
    items.push(unquoted(item));
  }
  const parameters = new Map<string, ParameterValue>();
  while (scanner.skip(';')) {
    const name = scanner.take(key);
    if (name === undefined || parameters.has(name) || !scanner.skip('=')) return undefined;
    const value = parameterValue(scanner);
    if (value === undefined) return undefined;
    parameters.set(name, value);
  }
  return { items, parameters };
}

function parameterValue(scanner: Scanner): ParameterValue | undefined {
  const text = scanner.take(string);
  if (text !== undefined) return unquoted(text);
  const digits = scanner.take(integer);
  return digits === undefined ? undefined : Number(digits);
}

/** Bits beyond the last byte would be a second way to write the same. */
function bytes(scanner: Scanner): Uint8Array | undefined {
  const text = scanner.take(base64)?.slice(1, -1);
  if (text === undefined) return undefined;
  const value = Buffer.from(text, 'base64');
  return value.toString('base64') === text ? value : undefined;
}

const unquoted = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, '$1');

/** A place in a text. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** What `pattern`, which is sticky, finds here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  skip(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }
}
