import type { Fault } from '@holdfast/core';
import type { LineFault } from './line.ts';

/** What a key or token looks like wherever it stands. */
const keyLike = /\b(?:sk-|bearer[\s:]+|eyJ)[\w.~+/=-]{4,}/i;
const everyKey = new RegExp(keyLike, 'gi');

/** Names, ids and codes of the API are made of these. */
const nameLike = /^[\w.:@/+=~()-]{1,128}$/;

/** Words without keys. */
export const scrubbed = (words: string): string => words.replace(everyKey, '[scrubbed]');

/**
 * A name, id or code that came from outside. It is told only if it looks like one: an upstream that puts a question, a
 * text or a key in its place has it replaced by its length.
 */
export const plainName = (name: string): string =>
  nameLike.test(name) && !keyLike.test(name) ? name : `(${name.length} characters)`;

/** A fault as lines tell it. */
export const plainFault = ({ kind, scope, status, code }: Fault): LineFault => ({
  kind,
  scope,
  ...(status !== undefined && { status }),
  ...(code !== undefined && { code: plainName(code) }),
});
