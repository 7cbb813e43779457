import type { IncomingHttpHeaders } from 'node:http';

/** Headers as undici's parser gives them: by lower-case name, several of one name as a list. */
export type ParsedHeaders = IncomingHttpHeaders;

/**
 * The headers of an answer, read straight from what the parser gave. A `Headers` for everybody who asks;
 * the real thing is made when somebody wants more than to read one.
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
    return this.#made().getSetCookie();
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.#made()) callback.call(self, value, name, this);
  }

  entries(): ReturnType<Headers['entries']> {
    return this.#made().entries();
  }

  keys(): ReturnType<Headers['keys']> {
    return this.#made().keys();
  }

  values(): ReturnType<Headers['values']> {
    return this.#made().values();
  }

  [Symbol.iterator](): ReturnType<Headers['entries']> {
    return this.#made().entries();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Headers {
    return this.#made();
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
