/** A browser by HTTP requests: keeps cookies, follows redirects. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Every address that it came to, the last one last. */
  readonly visited: string[] = [];

  async open(address: string, init: RequestInit = {}): Promise<Response> {
    let [url, given] = [address, init];
    for (let hop = 0; hop < 12; hop++) {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { ...given, headers: { cookie }, redirect: 'manual' });
      this.visited.push(url);
      for (const line of response.headers.getSetCookie()) this.#take(line);
      const location = response.headers.get('location');
      if (location === null) return response;
      await response.body?.cancel();
      [url, given] = [new URL(location, url).href, {}];
    }
    throw new Error(`too many redirects from ${address}`);
  }

  /** Goes as far as the form of the provider, and gives where it is sent to. */
  async toForm(address: string): Promise<string> {
    await (await this.open(address)).text();
    return this.visited.at(-1) as string;
  }

  /** Signs in by the form of the provider, and goes where that leads. */
  async signIn(address: string, user: string): Promise<Response> {
    return this.open(await this.toForm(address), { method: 'POST', body: new URLSearchParams({ user }) });
  }

  #take(line: string): void {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
