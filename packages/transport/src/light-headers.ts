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

  get(name: string): string | null {
    if (this.#real !== undefined) return this.#real.get(name);
    const value = this.#parsed[name] ?? this.#parsed[String(name).toLowerCase()];
    if (value === undefined) return isName(name) ? null : this.#made().get(name);
    return typeof value === 'string' ? value : value.join(', ');
  }

  has(name: string): boolean {
    return this.#real === undefined ? this.get(name) !== null : this.#real.has(name);
  }

  append(): never {
    throw immutable();
  }

  delete(): never {
    throw immutable();
  }

  set(): never {
    throw immutable();
  }

  getSetCookie(): string[] {
    return [...(this.#parsed['set-cookie'] ?? [])];
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void, self?: unknown): void {
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

  /** In the order of their names, as the standard has it. Clients look through them all for each answer. */
  #pairs(): [string, string][] {
    const pairs: [string, string][] = [];
    for (const name of Object.keys(this.#parsed).toSorted()) {
      const value = this.#parsed[name];
      if (typeof value === 'string') pairs.push([name, value]);
      // Cookies are the one thing that is never joined.
      else if (name === 'set-cookie') for (const cookie of value ?? []) pairs.push([name, cookie]);
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

/** Those of an answer are, in the runtime's own words. */
const immutable = (): TypeError => new TypeError('immutable');

/** Anything else is the caller's mistake, and fails in the runtime's own words. */
const isName = (name: unknown): boolean => typeof name === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name);

/** @returns headers that look and behave like `Headers`. */
export const lightHeaders = (parsed: ParsedHeaders): Headers => new LightHeaders(parsed);
