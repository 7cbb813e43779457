/** Where a request goes. */
export interface Address {
  readonly origin: string;
  readonly path: string;
  /** As the answer names it: without the fragment. */
  readonly href: string;
  readonly isHttp: boolean;
}

/** Addresses that are remembered. A service calls a handful of them over and over; ids in paths must not grow it. */
const capacity = 256;

/** Reads addresses off URLs, each text once. */
export class Addresses {
  readonly #known = new Map<string, Address>();

  of(url: string): Address {
    let address = this.#known.get(url);
    if (address === undefined) {
      address = addressOf(parsed(url));
      if (this.#known.size >= capacity) this.#known.delete(this.#known.keys().next().value as string);
      this.#known.set(url, address);
    }
    return address;
  }
}

/** @throws TypeError in the words of the global fetch. */
export function addressOf(url: URL): Address {
  const { origin, pathname, search, protocol, hash, href, username, password } = url;
  if (username !== '' || password !== '')
    // Without the URL, which would put the password into a log.
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${origin}${pathname}`);
  return {
    origin,
    path: pathname + search,
    href: hash === '' ? href : href.slice(0, -hash.length),
    isHttp: protocol === 'http:' || protocol === 'https:',
  };
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw new TypeError(`Failed to parse URL from ${text}`, { cause: error });
  }
}
