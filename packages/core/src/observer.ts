import type { Call } from './call.ts';
import type { AttemptEntry } from './journey.ts';
import type { Outcome } from './outcome.ts';

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
  /** The body ended, or there is none. Comes after `ended`. */
  settled?(outcome: Outcome): void;
}

/** Two observers as one; the inner one's headers win, and both run around the transport. */
export function together(outer: AttemptObserver | undefined, inner: AttemptObserver): AttemptObserver {
  if (outer === undefined) return inner;
  return {
    attemptStarted(call, entry) {
      const one = outer.attemptStarted(call, entry);
      const other = inner.attemptStarted(call, entry);
      return {
        headers: { ...one.headers, ...other.headers },
        run: (send) => one.run(() => other.run(send)),
        ended(ending) {
          other.ended(ending);
          one.ended(ending);
        },
        settled(outcome) {
          other.settled?.(outcome);
          one.settled?.(outcome);
        },
      };
    },
  };
}
