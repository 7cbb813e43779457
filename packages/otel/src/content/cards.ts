/** Digits in groups. Numbers beside a card number may look like more of it, so groups are tried apart. */
const candidate = /\d(?:[ \u00a0.-]{0,2}\d){12,}/g;

/** Groups that a card number is written in at most. */
const maxGroups = 5;

/** Takes card numbers out of a text. */
export function withoutCards(text: string): string {
  return text.replaceAll(candidate, withoutCard);
}

function withoutCard(run: string): string {
  if (isCard(run)) return '[card]';
  const groups = [...run.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({ digits, index }));
  let clean = '';
  let told = 0;
  for (let from = 0; from < groups.length;) {
    const to = lastOfCard(groups, from);
    const { index } = groups[from] as Group;
    if (to !== undefined) {
      const last = groups[to] as Group;
      clean += `${run.slice(told, index)}[card]`;
      told = last.index + last.digits.length;
    }
    from = (to ?? from) + 1;
  }
  return clean + run.slice(told);
}

interface Group {
  readonly digits: string;
  readonly index: number;
}

/** Index of the last group of a card number that begins at `from`; the longest wins. */
function lastOfCard(groups: readonly Group[], from: number): number | undefined {
  for (let to = Math.min(groups.length, from + maxGroups) - 1; to >= from; to--) {
    const card = groups.slice(from, to + 1);
    const isGrouped = card.every(({ digits }, at) => at === to - from || digits.length === 4 || digits.length === 6);
    if (isGrouped && isCard(card.map(({ digits }) => digits).join(''))) return to;
  }
  return undefined;
}

/** By the check digit of ISO/IEC 7812 (Luhn), for the first digits that banks and their cards have. */
function isCard(found: string): boolean {
  const digits = found.replaceAll(/\D/g, '');
  if (digits.length < 13 || digits.length > 19 || !/^[2-6]/.test(digits) || /^(\d)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const weighed = place % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
