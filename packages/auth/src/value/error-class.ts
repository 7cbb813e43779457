/** The class of an error in brackets, if its name is one; anybody can write anything into it. */
export function classOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Z][A-Za-z]{0,30}(?:Error|Exception)$|^Error$/.test(name) ? ` (${name})` : '';
}
