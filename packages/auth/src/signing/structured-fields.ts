import { Buffer } from 'node:buffer';

/** The value of a parameter: a string of printable ASCII or a whole number. */
export type ParameterValue = string | number;

/** Parameters in the order in which they stand. */
export type ParameterMap = ReadonlyMap<string, ParameterValue>;

/** An inner list of strings, with parameters of its own. */
export interface InnerList {
  readonly items: readonly string[];
  readonly parameters: ParameterMap;
}

/** What a member of a dictionary can be here: an inner list or a byte sequence. */
export type Member = InnerList | Uint8Array;

/** A string may hold these and no others (RFC 8941, section 3.3.3). */
export const printable: RegExp = /^[\x20-\x7e]*$/;

/** The name of a dictionary member or parameter (RFC 8941, section 3.1.2). */
export const keyPattern: RegExp = /^[a-z*][a-z0-9_.*-]*$/;

/** A string as it is written (RFC 8941, section 4.1.6). The value is printable ASCII. */
export const writeString = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;

/** A byte sequence as it is written (RFC 8941, section 4.1.8). */
export const writeBytes = (bytes: Uint8Array): string =>
  `:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}:`;

/** An inner list as it is written (RFC 8941, section 4.1.1.1). */
export function writeInnerList({ items, parameters }: InnerList): string {
  const written = [...parameters].map(
    ([name, value]) => `;${name}=${typeof value === 'string' ? writeString(value) : value}`,
  );
  return `(${items.map(writeString).join(' ')})${written.join('')}`;
}
