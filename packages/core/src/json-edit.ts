import { findTopLevel } from './json-span.ts';

/** Gives the JSON text of a value for that of another, which is `undefined` where there is none; `undefined` leaves it. */
export type MemberEdit = (value: string | undefined) => string | undefined;

/**
 * The text of a JSON object with another value of its top-level member `key`, and every other byte as it was. A new
 * member comes last. `undefined` where `edit` leaves it as it is, or the text is no object.
 *
 * @param key - plain letters and underscores.
 */
export function editedMember(text: string, key: string, edit: MemberEdit): string | undefined {
  const mayBeThere = text.includes(`"${key}"`) || text.includes('\\u00');
  const span = mayBeThere ? findTopLevel(text, [key]).get(key) : undefined;
  const value = edit(span && text.slice(span.start, span.end));
  if (value === undefined) return undefined;
  if (span !== undefined) return text.slice(0, span.start) + value + text.slice(span.end);
  const end = text.trimEnd().length - 1;
  if (text.charAt(end) !== '}' || !text.trimStart().startsWith('{')) return undefined;
  const isEmpty = text.slice(0, end).trim() === '{';
  return `${text.slice(0, end)}${isEmpty ? '' : ','}"${key}":${value}${text.slice(end)}`;
}
