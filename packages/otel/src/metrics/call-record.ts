import type { AttemptEntry, Call, Outcome } from '@holdfast/core';
import { attemptKindOf, type AttemptKind, type PreviousAttempt } from '../attempt-kind.ts';
import { errorTypeOf } from '../error-type.ts';
import { operationNameOf } from '../operation.ts';
import { completionOf } from './completion.ts';
import { errorName } from './error-names.ts';
import { recordGenAi, type EndedCall } from './gen-ai.ts';
import { other } from './names.ts';
import { tellJourney, type Told } from './story.ts';
import type { Surroundings } from './surroundings.ts';
import { TokenTally } from './token-tally.ts';
import type { SettledAttempt } from './tokens.ts';

/** The metrics of one call: its requests as they end, and the rest at its end. Never throws. */
export class CallRecord {
  readonly #call: Call;
  readonly #with: Surroundings;
  #previous: PreviousAttempt | undefined;
  /** Requests that a circuit let through. */
  #permitted = 0;
  readonly #tokens: TokenTally;
  #isOver = false;

  /** The call is under way from now on. */
  constructor(call: Call, surroundings: Surroundings) {
    this.#call = call;
    this.#with = surroundings;
    this.#tokens = new TokenTally({ ...surroundings, context: call.context });
    this.#countActive(1);
  }

  /** A request is about to leave. */
  attemptStarted(call: Call, entry: AttemptEntry): AttemptKind {
    const kind = attemptKindOf(call, entry, this.#previous);
    if (kind === 'retry' && this.#previous !== undefined) this.#countRetry(call, this.#previous.entry);
    this.#previous = { attempt: call.attempt, entry };
    // A new credential is tried within the leave that its circuit gave.
    if (kind !== 'auth_refresh') this.#permitted++;
    return kind;
  }

  /** The headers came, or the request failed. */
  attemptEnded(call: Call, entry: AttemptEntry, kind: AttemptKind): void {
    const { instruments, attempts } = this.#with;
    const errorType = entry.fault && errorTypeOf(call, entry.fault, false);
    const set = attempts.of({ service: call.service, kind, entry, errorType });
    instruments.record('attemptDuration', (entry.durationMs ?? 0) / 1000, set);
  }

  /** The body ended, or there is none. */
  attemptSettled(attempt: SettledAttempt): void {
    this.#tokens.settled(attempt);
  }

  end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#countActive(-1);
    const call = this.#call;
    const answered = outcome.status !== undefined && call.body.stream;
    const errorType = outcome.fault && errorTypeOf(call, outcome.fault, answered);
    const ended: EndedCall = { call, outcome, errorType };
    const { instruments, labels, calls } = this.#with;
    recordGenAi(instruments, ended, calls.of(call, outcome, errorType));
    const completion = completionOf(ended);
    if (completion !== undefined)
      instruments.add('streamCompletions', 1, labels.pair(call.service, 'result', completion));
    this.#tokens.end(outcome);
    this.#tellJourney(ended);
  }

  #countRetry(call: Call, before: AttemptEntry): void {
    const { instruments, labels } = this.#with;
    const fault = this.#tokens.faultOf(before);
    const type = fault && errorTypeOf(call, fault, false);
    const told = type === undefined ? other : errorName(type);
    instruments.add('retryAttempts', 1, labels.pair(call.service, 'errorType', told));
  }

  #tellJourney(ended: EndedCall): void {
    const { call } = ended;
    const { instruments, labels, hasBreaker } = this.#with;
    const { journey, service } = call;
    // Most calls are one request and nothing else.
    const told = journey.entries.length === 1 && journey.attempts === 1 ? undefined : this.#toldOf(call);
    if (told?.wasRetried === true) instruments.add('retryCalls', 1, labels.pair(service, 'result', resultOf(ended)));
    const permitted = this.#permitted - (told?.probes ?? 0);
    if (hasBreaker && permitted > 0)
      instruments.add('circuitCalls', permitted, labels.pair(service, 'result', 'permitted'));
  }

  #toldOf(call: Call): Told {
    return tellJourney(call.journey, {
      instruments: this.#with.instruments,
      labels: this.#with.labels,
      service: call.service,
      requestedModel: call.root.requestedModel,
      errorTypeOf: (fault) => errorTypeOf(call, fault, false),
    });
  }

  #countActive(by: 1 | -1): void {
    const { service, route } = this.#call;
    const operation = operationNameOf(route.operation);
    this.#with.instruments.add('activeOperations', by, this.#with.labels.pair(service, 'operationName', operation));
  }
}

/** How a call that was retried went in the end. */
function resultOf({ outcome, errorType }: EndedCall): 'ok' | 'failed' | 'cancelled' {
  if (errorType !== undefined) return 'failed';
  return outcome.ending === 'complete' ? 'ok' : 'cancelled';
}
