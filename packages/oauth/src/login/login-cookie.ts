/** The cookie that binds a login to the browser in which it was begun. */
export interface LoginCookie {
  readonly name: string;
  /** A value of `Set-Cookie`. */
  set(pendingId: string): string;
  /** A value of `Set-Cookie` that takes it away. */
  readonly clear: string;
  /** The id in a `Cookie` header; `undefined` if it is not there, or twice with two values. */
  read(header: string | undefined): string | undefined;
}

/**
 * @param isSecure - whether the app is reached by HTTPS. Its cookie then has the prefix `__Host-`, so that no other host
 *   can set it.
 * @param maxAgeMs - how long a login may take.
 */
export function loginCookie(isSecure: boolean, maxAgeMs: number): LoginCookie {
  const name = isSecure ? '__Host-holdfast_login' : 'holdfast_login';
  // Lax: the callback is a navigation that comes from another site.
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return {
    name,
    set: (pendingId) => `${name}=${pendingId}; Max-Age=${Math.ceil(maxAgeMs / 1000)}; ${attributes}`,
    clear: `${name}=; Max-Age=0; ${attributes}`,
    read(header) {
      const pairs = (header ?? '').split(';').map((pair) => pair.trim());
      const values = new Set(
        pairs.flatMap((pair) => (pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : [])),
      );
      return values.size === 1 ? [...values][0] : undefined;
    },
  };
}
