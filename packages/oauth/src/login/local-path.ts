const longest = 2048;

/** Stands where a browser would put its own address. */
const base = 'https://app.invalid';

/** How often a path is decoded in search of something that it hides. */
const deepest = 8;

/**
 * `value` as a path within the app, with its query and fragment, as a browser will read it; `undefined` for anything
 * that leads, or could be taken to lead, elsewhere: another origin, `//host`, `/\host`, either of them behind escapes
 * or dots, control characters.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html
 */
export function localPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > longest || !value.startsWith('/') || isTricky(value))
    return undefined;
  const url = new URL(value, base);
  const path = url.pathname + url.search + url.hash;
  return url.origin === base && path.length <= longest && staysLocal(url.pathname) ? path : undefined;
}

/** Browsers drop tabs and line breaks, and take a backslash for a slash. */
const isTricky = (path: string): boolean => /[\p{Cc}\\]/u.test(path) || path.startsWith('//');

/** Whoever decodes and resolves the path once more, or several times, still finds a path. */
function staysLocal(pathname: string): boolean {
  let path = pathname;
  for (let depth = 0; depth < deepest; depth++) {
    if (isTricky(path)) return false;
    const decoded = path.replaceAll(/%[\da-f]{2}/gi, plainCharacter);
    if (isTricky(decoded)) return false;
    // Dots that were hidden are resolved now.
    const resolved = new URL(decoded, base).pathname;
    if (resolved === path) return true;
    path = resolved;
  }
  return false;
}

/** What is not ASCII leads nowhere, and would come back as escapes. */
function plainCharacter(escape: string): string {
  const code = parseInt(escape.slice(1), 16);
  return code < 0x80 ? String.fromCharCode(code) : '_';
}
