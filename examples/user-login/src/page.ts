const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The one page of the app. */
export function page(user: string | undefined): string {
  const body =
    user === undefined
      ? '<p><a href="/login">Sign in</a></p>'
      : `<p>Signed in as ${escaped(user)}.</p><p><a href="/me">Ask the API</a></p>
<form method="post" action="/logout"><button>Sign out</button></form>`;
  return `<!doctype html><meta charset="utf-8"><title>user-login</title>${body}`;
}
