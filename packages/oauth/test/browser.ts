/** A form as a page shows it: where it goes, and what is filled in. */
interface Form {
  readonly action: string;
  readonly fields: Record<string, string>;
}

/** Where a browser has come to. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

/** A browser by HTTP requests: keeps cookies, follows redirects, submits the first form of a page. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** An address that is not asked when a redirect leads there: the test takes it from here. */
  readonly #stopAt: string | undefined;

  constructor(stopAt?: string) {
    this.#stopAt = stopAt;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Takes a `Set-Cookie` in, as one that came with a page. */
  take(line: string): void {
    const [pair = ''] = line.split(';');
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    if (value === '' || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  async open(address: string, init: RequestInit = {}): Promise<Page> {
    let [url, given] = [address, init];
    for (let hop = 0; hop < 12; hop++) {
      if (this.#stopAt !== undefined && url.startsWith(this.#stopAt)) return { url, status: 0, html: '' };
      const headers = { ...(given.headers as Record<string, string>), cookie: this.cookieHeader };
      const response = await fetch(url, { ...given, headers, redirect: 'manual' });
      for (const line of response.headers.getSetCookie()) this.take(line);
      const html = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url, status: response.status, html };
      [url, given] = [new URL(location, url).href, {}];
    }
    throw new Error(`too many redirects from ${new URL(address).pathname}`);
  }

  /** Fills in the form of a page and sends it. */
  submit(page: Page, values: Record<string, string> = {}): Promise<Page> {
    const { action, fields } = formOf(page);
    return this.open(action, { method: 'POST', body: new URLSearchParams({ ...fields, ...values }) });
  }

  /** Signs in at a provider and comes to where it sends the browser. */
  async signIn(url: string, user: string): Promise<Page> {
    return this.submit(await this.open(url), { user });
  }
}

function formOf({ html, url }: Page): Form {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(html);
  if (form === null) throw new Error(`no form at ${new URL(url).pathname}: ${html.slice(0, 300)}`);
  const inputs = [...(form[2] as string).matchAll(/<input[^>]*>/g)].map(([tag]) => tag);
  const attribute = (tag: string, name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return {
    action: new URL(form[1] as string, url).href,
    fields: Object.fromEntries(inputs.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')])),
  };
}
