import type { AttemptEntry, AttemptObserver, Call, ObservedAttempt, Outcome } from '@holdfast/core';
import type { AttemptKind } from '../attempt-kind.ts';
import type { CallRecord } from './call-record.ts';

/** Counts the requests of one call, and hands them on to whoever draws them. */
export class CountedAttempts implements AttemptObserver {
  readonly #record: CallRecord;
  readonly #drawn: AttemptObserver | undefined;

  /** @param drawn - sees the same requests, adds its headers and runs around the transport. */
  constructor(record: CallRecord, drawn: AttemptObserver | undefined) {
    this.#record = record;
    this.#drawn = drawn;
  }

  attemptStarted(call: Call, entry: AttemptEntry): ObservedAttempt {
    const drawn = this.#drawn?.attemptStarted(call, entry);
    return new CountedAttempt(this.#record, { call, entry, kind: this.#record.attemptStarted(call, entry), drawn });
  }
}

interface Counted {
  readonly call: Call;
  readonly entry: AttemptEntry;
  readonly kind: AttemptKind;
  readonly drawn: ObservedAttempt | undefined;
}

class CountedAttempt implements ObservedAttempt {
  readonly headers?: Readonly<Record<string, string>>;
  readonly #record: CallRecord;
  readonly #counted: Counted;

  constructor(record: CallRecord, counted: Counted) {
    this.#record = record;
    this.#counted = counted;
    const headers = counted.drawn?.headers;
    if (headers !== undefined) this.headers = headers;
  }

  run(send: () => Promise<Response>): Promise<Response> {
    const { drawn } = this.#counted;
    return drawn === undefined ? send() : drawn.run(send);
  }

  ended(entry: AttemptEntry): void {
    const { call, kind, drawn } = this.#counted;
    drawn?.ended(entry);
    this.#record.attemptEnded(call, entry, kind);
  }

  settled(outcome: Outcome): void {
    const { entry, drawn } = this.#counted;
    drawn?.settled?.(outcome);
    this.#record.attemptSettled({ entry, outcome });
  }
}
