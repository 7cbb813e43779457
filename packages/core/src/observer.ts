import type { Call } from './call.ts';
import type { AttemptEntry } from './journey.ts';

/**
 * Watches the requests of a call leave and return, one by one. Telemetry sets one on the call;
 * everybody else reads the journey.
 */
export interface AttemptObserver {
  /** A request is about to leave. Headers to add to it may be returned, such as `traceparent`. */
  attemptStarted(call: Call, entry: AttemptEntry): ObservedAttempt;
}

/** One request under observation. */
export interface ObservedAttempt {
  readonly headers?: Readonly<Record<string, string>>;
  /** Runs the transport, e.g. with tracing suppressed. */
  run(send: () => Promise<Response>): Promise<Response>;
  /** The headers came, or the request failed: `entry` says how. */
  ended(entry: AttemptEntry): void;
}
