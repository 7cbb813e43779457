/** The cookie of a session: for this host alone, out of the reach of scripts, not sent by other sites' forms. */
export interface SessionCookie {
  set(id: string): string;
  readonly clear: string;
  read(header: string | undefined): string | undefined;
}

/** @param isSecure - `false` on this machine only, where there is no HTTPS. */
export function sessionCookie(isSecure: boolean): SessionCookie {
  const name = isSecure ? '__Host-session' : 'session';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return {
    set: (id) => `${name}=${id}; ${attributes}`,
    clear: `${name}=; Max-Age=0; ${attributes}`,
    read: (header = '') =>
      header
        .split(';')
        .map((pair) => pair.trim())
        .find((pair) => pair.startsWith(`${name}=`))
        ?.slice(name.length + 1),
  };
}
