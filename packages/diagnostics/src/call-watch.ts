import type { AttemptEntry, AttemptObserver, Call, ObservedAttempt, Outcome } from '@holdfast/core';
import type { Audience } from './audience.ts';
import type { AttemptStarted, CallEnded, CallStarted } from './facts.ts';

/** Tells of one call and its requests. A fact that nobody hears is not made: an answer would be read for it. */
export class CallWatch implements AttemptObserver {
  readonly #call: Call;
  readonly #audience: Audience;

  constructor(call: Call, audience: Audience) {
    this.#call = call;
    this.#audience = audience;
  }

  started(): void {
    if (this.#audience.hears('call:start'))
      this.#audience.tell(this.#call.context, { type: 'call:start', ...this.#about() });
  }

  ended(outcome: Outcome): void {
    if (this.#audience.hears('call:end')) this.#audience.tell(this.#call.context, this.#endOf(outcome));
  }

  attemptStarted(call: Call, entry: AttemptEntry): ObservedAttempt {
    const audience = this.#audience;
    const about = (): Omit<AttemptStarted, 'type'> => ({
      callId: call.id,
      service: call.service,
      // Whoever puts facts into a queue would read of the end in the start.
      attempt: { ...entry },
    });
    if (audience.hears('attempt:start')) audience.tell(call.context, { type: 'attempt:start', ...about() });
    return {
      run: (send) => send(),
      ended() {
        if (audience.hears('attempt:end')) audience.tell(call.context, { type: 'attempt:end', ...about() });
      },
      settled({ ending, fault, durationMs }) {
        if (audience.hears('attempt:settled'))
          audience.tell(call.context, { type: 'attempt:settled', ...about(), ending, fault, durationMs });
      },
    };
  }

  #about(): Omit<CallStarted, 'type'> {
    const { id: callId, service, route, root, body } = this.#call;
    const { operation, origin } = route;
    return { callId, service, operation, origin, model: root.requestedModel, isStream: body.stream };
  }

  #endOf({ ending, status, fault, usage, finishReasons, model, durationMs, firstEventMs }: Outcome): CallEnded {
    const { journey } = this.#call;
    const totalMs = journey.elapsedMs();
    return {
      type: 'call:end',
      ...this.#about(),
      ...{ ending, status, fault, usage, finishReasons, answeredBy: model },
      durationMs: totalMs,
      // An outcome counts from the start of its attempt.
      firstEventMs: firstEventMs === undefined ? undefined : totalMs - durationMs + firstEventMs,
      attempts: journey.attempts,
      journey,
    };
  }
}
