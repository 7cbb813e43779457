import { attempt, discard, type Attempt, type Call, type FaultKind, type LightAbort, type Next } from '@holdfast/core';

/** What a request is given up with. Not the caller's abort, and nobody's failure. */
class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = 'hedge_overtaken';
}

/** A layer further in said no before anything was sent. */
const refusals: ReadonlySet<FaultKind> = new Set([
  'circuit_open',
  'rate_limited_local',
  'budget_exceeded',
  'credentials_exhausted',
  'origin_not_bound',
]);

/** One of two requests for the same call, and how it went once it has. */
export class Branch {
  readonly #call: Call;
  readonly #controller: LightAbort;
  readonly #startMs: number;
  #endMs: number | undefined;
  #result: Attempt | undefined;

  /** @param controller - ends this request and no other. */
  constructor(call: Call, controller: LightAbort) {
    this.#call = call;
    this.#controller = controller;
    this.#startMs = call.clock.monotonic();
  }

  get result(): Attempt | undefined {
    return this.#result;
  }

  get isGood(): boolean {
    return this.#result !== undefined && this.#result.fault === undefined;
  }

  /** Whether nothing was sent, as there was no room for it. */
  get isRefused(): boolean {
    return this.#result?.fault !== undefined && refusals.has(this.#result.fault.kind);
  }

  /** How long it ran, or has been running. */
  get ranMs(): number {
    return (this.#endMs ?? this.#call.clock.monotonic()) - this.#startMs;
  }

  /** Sends the request; `came` is told once that `result` is there. */
  send(next: Next, came: (branch: Branch) => void): void {
    void attempt(this.#call.with({ signal: this.#controller.signal }), next).then((result) => {
      this.#endMs = this.#call.clock.monotonic();
      this.#result = result;
      came(this);
    });
  }

  /** Nobody wants its answer: ends the request, or what it was answered with. */
  giveUp(): void {
    const { response } = this.#result ?? {};
    if (response !== undefined) discard(response);
    else if (this.#result === undefined) {
      this.#endMs = this.#call.clock.monotonic();
      this.#controller.abort(new OvertakenError('The other of two requests for the same call was answered first.'));
    }
  }
}
