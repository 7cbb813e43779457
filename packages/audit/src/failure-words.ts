/**
 * What a sink failed with, in words that may stand in an answer, a journey and a line: the code of the system, or a
 * sentence of our own. What others throw may hold anything, such as an address with a token; it goes to `warn` alone.
 */
export function failureWords(error: unknown): string {
  if (error instanceof SinkError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'the sink failed';
}

/** A sink of this package cannot work, for a reason that holds nothing but the path. */
export class SinkError extends Error {
  readonly code = 'audit_sink';

  constructor(message: string) {
    super(message);
    this.name = 'SinkError';
  }
}
