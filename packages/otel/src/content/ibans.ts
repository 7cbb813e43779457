/** As long as an IBAN can be, in groups as people write them or in one piece. */
const candidate =
  /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]{4}){2,7}(?:[ \u00a0-]?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/gi;

/** Takes IBANs out of a text. The words behind one may look like more of it. */
export function withoutIbans(text: string): string {
  return text.replaceAll(candidate, (found) => {
    for (let end = found.length; end > 0; end = lastGap(found, end))
      if (isIban(found.slice(0, end))) return `[IBAN]${found.slice(end)}`;
    return found;
  });
}

function lastGap(text: string, before: number): number {
  let at = before - 1;
  while (at > 0 && !/[ \u00a0-]/.test(text.charAt(at))) at--;
  return at;
}

/** By the check digits of ISO 13616 (modulo 97). The shortest has 15 characters, the longest 34. */
function isIban(found: string): boolean {
  const plain = found.replaceAll(/[ \u00a0-]/g, '').toUpperCase();
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const character of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
