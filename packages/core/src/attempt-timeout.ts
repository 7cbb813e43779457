/** What one attempt was waited for in vain. */
export type AttemptTimeoutCode =
  | 'attempt_timeout'
  | 'headers_timeout'
  | 'first_event_timeout'
  | 'first_content_timeout'
  | 'stream_idle_timeout'
  | 'reasoning_idle_timeout'
  | 'stream_too_slow';

/** One attempt took too long. Another may be made, unless the call's own time is up. */
export class AttemptTimeoutError extends Error {
  readonly code: AttemptTimeoutCode;

  /**
   * @param message - one sentence for whoever reads it at night: what was waited for, how long, and what bounds it.
   *   Has to contain "timed out", by which the client tells a timeout.
   */
  constructor(code: AttemptTimeoutCode, message: string) {
    super(message);
    this.code = code;
    // The client recognises a timeout by this name and makes it an APIConnectionTimeoutError.
    this.name = 'TimeoutError';
  }
}
