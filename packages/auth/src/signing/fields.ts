/** The fields of a request: as `fetch` has them, as Node has them, or as pairs (every line of its own). */
export type RequestFields =
  | Headers
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The values of fields by lower-case name, each made canonical and those of one name joined.
 * @see RFC 9421, section 2.1
 */
export function combined(fields: RequestFields): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of linesOf(fields)) {
    const key = name.toLowerCase();
    const before = values.get(key);
    values.set(key, before === undefined ? canonical(value) : `${before}, ${canonical(value)}`);
  }
  return values;
}

function* linesOf(fields: RequestFields): Iterable<readonly [string, string]> {
  if (Symbol.iterator in fields) {
    yield* fields;
    return;
  }
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (typeof value === 'string') yield [name, value];
    else for (const line of value) yield [name, line];
  }
}

/** One line as a signature has it: what was folded is joined by one blank each, and the ends are trimmed. */
export function canonical(value: string): string {
  if (!value.includes('\n')) return trimmed(value);
  const lines = value.split(/\r?\n/);
  // A break that folds nothing stays, so that no component has this value.
  const isFolded = lines.slice(1).every((line) => isBlank(line.charCodeAt(0)));
  return isFolded ? trimmed(lines.map(trimmed).join(' ')) : value;
}

/** By hand: `trim` takes more than HTTP does, and an expression takes the square of a long run of blanks. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
