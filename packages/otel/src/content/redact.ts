import { withoutCards } from './cards.ts';
import { withoutIbans } from './ibans.ts';

/** Not within a word. What stands behind an escape of JSON within a text begins one. */
const start = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))`;

/** Between the name of a secret and its value. */
const is = String.raw`["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4}`;

/**
 * What is taken out of texts, and what it is called in its place. A pattern that begins to match does match, or gives
 * up within a bounded number of characters: the time grows with the length of the text alone.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----(?:(?!-----)[^])*(?:-----END [A-Z0-9 ]{0,60}-----)?/g,
    'private key',
  ],
  [new RegExp(`${start}Bearer\\s{1,4}[\\w.~+/=-]{8,}`, 'gi'), 'token'],
  [new RegExp(`${start}authorization${is}(?:\\w{1,20}\\s{1,4})?[\\w.~+/=-]{8,}`, 'gi'), 'token'],
  [new RegExp(`${start}(?:sk|pk|rk|ak|ek|whsec)[-_][\\w*-]{12,}`, 'gi'), 'key'],
  [new RegExp(`${start}(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AIza|npm_|hf_)[\\w-]{16,}`, 'g'), 'key'],
  [new RegExp(`${start}(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])`, 'g'), 'key'],
  [new RegExp(`secret_?access_?key${is}[A-Za-z0-9/+=]{16,}`, 'gi'), 'key'],
  [new RegExp(`api[-_]?key${is}(?=[A-Za-z_-]{0,64}\\d)[\\w-]{16,}`, 'gi'), 'key'],
  [/[\p{L}\p{N}_.%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu, 'e-mail'],
];

/** Takes keys, tokens, e-mail addresses, card numbers and IBANs out of a text. */
export function redacted(text: string): string {
  let clean = text.replaceAll(/[\w.-]{16,}/g, withoutToken);
  for (const [pattern, name] of patterns) clean = clean.replaceAll(pattern, `[${name}]`);
  return withoutCards(withoutIbans(clean));
}

/** A JWT and all that hangs on it: two parts, of which the first is an object in base64, and there may be more. */
function withoutToken(run: string): string {
  let at = 0;
  const parts = run.split('.');
  for (const [index, part] of parts.entries()) {
    const begin = part.indexOf('eyJ');
    const next = parts[index + 1];
    if (begin !== -1 && part.length - begin >= 8 && next !== undefined && next.length >= 5)
      return `${run.slice(0, at + begin)}[token]`;
    at += part.length + 1;
  }
  return run;
}
