/** What a request that got no answer fails with, as the global fetch says it. */
export const requestFailure = (error: unknown): unknown => failure('fetch failed', error);

/** What reading a body that broke fails with, as the global fetch says it. */
export const bodyFailure = (error: unknown): unknown => failure('terminated', error);

/** An abort is the caller's own reason and stays what it is. */
function failure(message: string, error: unknown): unknown {
  const isSystem =
    error instanceof Error && (('code' in error && typeof error.code === 'string') || error.name === 'HTTPParserError');
  return isSystem ? new TypeError(message, { cause: error }) : error;
}
