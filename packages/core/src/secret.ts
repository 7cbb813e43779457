/**
 * A value that prints as `[secret]` wherever it is printed. Only {@link Secret.reveal}
 * hands it out, and only the innermost step of a call has a reason to ask.
 */
export class Secret {
  readonly #value: string;

  private constructor(value: string) {
    this.#value = value;
  }

  /**
   * Takes a secret in. One trailing line break is trimmed, as files and shells leave it there.
   *
   * @param source - where the value came from, for the error; never the value itself.
   * @throws TypeError naming source and length when the value is empty or could not stand in
   *   a header: control characters, inner whitespace, anything outside ASCII.
   */
  static from(value: string, source: string): Secret {
    if (typeof value !== 'string')
      throw new TypeError(`${source}: expected a credential as a string, got ${typeof value}`);
    const trimmed = value.replace(/\r?\n$/, '');
    if (trimmed === '') throw new TypeError(`${source}: the credential is empty`);
    if (!/^[\x21-\x7e]+$/.test(trimmed))
      throw new TypeError(
        `${source}: the credential (${trimmed.length} characters) has whitespace, control or non-ASCII characters; ` +
          'expected one line of printable ASCII',
      );
    return new Secret(trimmed);
  }

  /** The value itself. */
  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same value. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }
}

// What `console.log` and loggers of Node ask for.
Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => '[secret]' });
