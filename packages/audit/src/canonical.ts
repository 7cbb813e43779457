/**
 * The one JSON text of a value, as RFC 8785 has it: keys in the order of their UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them. `undefined` members are left out. Half a surrogate pair, which I-JSON
 * has no place for, is escaped: nobody may keep a line from being written by sending one.
 *
 * @throws TypeError for what has no JSON: numbers that are none, big integers, cycles.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** Deeper is a cycle. */
const maxDepth = 64;

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || value === null || Number.isFinite(value)) return String(value);
  if (typeof value !== 'object') throw new TypeError(`canonical JSON: there is none of this ${typeof value}`);
  if (depth > maxDepth) throw new TypeError('canonical JSON: nested too deep');
  let text = '';
  if (Array.isArray(value)) {
    for (const one of value) text += `${text === '' ? '' : ','}${one === undefined ? 'null' : write(one, depth + 1)}`;
    return `[${text}]`;
  }
  for (const key of sortedKeys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${quoted(key)}:${write(member, depth + 1)}`;
  }
  return `{${text}}`;
}

/** Sorts by code units, as that is what comparing strings does; most objects are in order already. */
function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++)
    if ((keys[index - 1] as string) > (keys[index] as string)) return keys.toSorted();
  return keys;
}

/** What stands in JSON as it is. */
const plain = /^[ !#-[\]-~]{0,200}$/;

/** Most strings are short and plain, and a pattern tells so in half the time. */
const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));
