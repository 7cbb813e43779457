import type { IncomingHttpHeaders } from 'node:http';

/** Headers as undici's parser gives them: by lower-case name, several of one name as a list. */
export type ParsedHeaders = IncomingHttpHeaders;

/**
 * The headers of an answer, read straight from what the parser gave. A `Headers` for everybody who asks;
 * the real thing is made only for what it has to say about a name that is none.
 */
class LightHeaders {
  readonly #parsed: ParsedHeaders;
  #real: Headers | undefined;

  constructor(parsed: ParsedHeaders) {
    this.#parsed = parsed;
  }

  get(...names: [string]): string | null {
    const [name] = names;
    const value = this.#find(name);
    if (value === undefined) return isName(name) ? null : this.#made().get(...names);
    return typeof value === 'string' ? value : value.join(', ');
  }

  has(...names: [string]): boolean {
    const [name] = names;
    return this.#find(name) !== undefined || (!isName(name) && this.#made().has(...names));
  }

  append(...given: Parameters<Headers['append']>): void {
    immutable().append(...given);
  }

  delete(...given: Parameters<Headers['delete']>): void {
    immutable().delete(...given);
  }

  set(...given: Parameters<Headers['set']>): void {
    immutable().set(...given);
  }

  getSetCookie(): string[] {
    // undici gives a list only where there are several.
    return [this.#parsed['set-cookie'] ?? []].flat();
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void, self?: unknown): void {
    if (typeof callback !== 'function') this.#made().forEach(callback);
    for (const [name, value] of this.#pairs()) callback.call(self, value, name, this);
  }

  entries(): ArrayIterator<[string, string]> {
    return this.#pairs().values();
  }

  keys(): ArrayIterator<string> {
    return this.#pairs()
      .map(([name]) => name)
      .values();
  }

  values(): ArrayIterator<string> {
    return this.#pairs()
      .map(([, value]) => value)
      .values();
  }

  [Symbol.iterator](): ArrayIterator<[string, string]> {
    return this.entries();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Headers {
    return this.#made();
  }

  #find(name: string): string | string[] | undefined {
    const parsed = this.#parsed;
    if (Object.hasOwn(parsed, name)) return parsed[name];
    const lower = String(name).toLowerCase();
    return lower !== name && Object.hasOwn(parsed, lower) ? parsed[lower] : undefined;
  }

  /** In the order of their names, as the standard has it. Clients look through them all for each answer. */
  #pairs(): [string, string][] {
    const pairs: [string, string][] = [];
    // Sorted in place, as the list is of our own making.
    // oxlint-disable-next-line unicorn/no-array-sort
    for (const name of Object.keys(this.#parsed).sort()) {
      const value = this.#parsed[name];
      if (typeof value === 'string') pairs.push([name, value]);
      // Cookies are the one thing that is never joined.
      else if (name === 'set-cookie') for (const cookie of this.getSetCookie()) pairs.push([name, cookie]);
      else if (value !== undefined) pairs.push([name, value.join(', ')]);
    }
    return pairs;
  }

  #made(): Headers {
    if (this.#real === undefined) {
      this.#real = new Headers();
      for (const [name, value] of Object.entries(this.#parsed))
        for (const one of typeof value === 'string' ? [value] : (value ?? [])) this.#real.append(name, one);
    }
    return this.#real;
  }
}

// Is one for `instanceof`, and nothing of the native methods, which want an object of their own, is left uncovered.
Object.setPrototypeOf(LightHeaders.prototype, Headers.prototype);
Object.defineProperty(LightHeaders.prototype, 'constructor', { value: Headers, writable: true, configurable: true });

/** Those of an answer cannot be changed; these fail in the runtime's own words. */
const immutable = (): Headers => Response.error().headers;

/** Anything else is the caller's mistake, and fails in the runtime's own words. */
const isName = (name: unknown): boolean => typeof name === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name);

/** @returns headers that look and behave like `Headers`. */
export const lightHeaders = (parsed: ParsedHeaders): Headers => new LightHeaders(parsed);
