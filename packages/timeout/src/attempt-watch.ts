import {
  AttemptTimeoutError,
  DeadlineExceededError,
  discard,
  faultOf,
  LightAbort,
  announce,
  onSettled,
  type AttemptTimeoutCode,
  type Call,
  type Next,
  type Pace,
  type PaceEvent,
} from '@holdfast/core';
import { Alarm } from './alarm.ts';
import type { ResolvedLimits, TimeoutOptions } from './options.ts';
import { Progress, slackMs } from './progress.ts';
import { Stopwatch } from './stopwatch.ts';
import { sliceStoryOf, storyOf } from './story.ts';

/**
 * Bounds the time of one attempt: by its limits, and until its answer is handed on by `call.until`. Aborts it when one
 * is used up, and lets go of timer and listener when its body has ended.
 */
export class AttemptWatch implements Pace {
  readonly wantsWhole: boolean;
  readonly wantsEvents: boolean;
  readonly #call: Call;
  readonly #limits: ResolvedLimits;
  readonly #onTimeout: TimeoutOptions['onTimeout'];
  readonly #startedMs: number;
  readonly #stopwatch: Stopwatch;
  readonly #progress: Progress;
  readonly #alarm: Alarm;
  readonly #controller = new LightAbort();
  /** The answer is not handed on yet: somebody waits for it, and another attempt could still take its place. */
  #isPending = true;
  #isOver = false;
  /** A limit has begun for which the timer may be set too late. */
  #hasBegun = false;
  /** It is known how the answer ended. */
  #isSettled = false;
  #error: AttemptTimeoutError | DeadlineExceededError | undefined;

  constructor(call: Call, limits: ResolvedLimits, onTimeout: TimeoutOptions['onTimeout']) {
    this.#call = call;
    this.#limits = limits;
    this.#onTimeout = onTimeout;
    this.#startedMs = call.clock.monotonic();
    this.#stopwatch = new Stopwatch(call.clock);
    this.#progress = new Progress(limits, limits.needEvents && call.body.stream);
    this.#alarm = new Alarm(call.clock, this.#look);
    this.wantsWhole = call.until !== undefined || limits.attemptMs !== undefined;
    this.wantsEvents = limits.needEvents;
  }

  /** Runs everything further in. */
  run(next: Next): Promise<Response> {
    this.#follow();
    const running = next(this.#call.with({ signal: this.#controller.signal, pace: this }));
    // Only now: the request has left meanwhile, and with it began the limit that is often the first.
    this.#arm();
    return running.then(this.#answered, this.#failed);
  }

  sent(): void {
    this.#progress.sent(this.#stopwatch.elapsedMs());
    // The second one of an attempt, while the timer was set for later.
    if (this.#alarm.isSet) this.#arm();
  }

  headersCame(isStream: boolean): void {
    this.#progress.headersCame(isStream);
    this.#arm();
  }

  arrived(): void {
    this.#end();
  }

  waiting(): void {
    // The answer has come to its end and its connection has not: whoever reads on may still wait for ever.
    if (this.#isSettled) this.#follow();
    this.#stopwatch.start();
    // A timer that is set fires soon enough for everything that has begun since and ends later.
    if (!this.#alarm.isSet || this.#hasBegun) this.#arm();
  }

  came(): void {
    if (this.#isPending) return;
    this.#stopwatch.stop();
    if (this.#isSettled) this.#end();
  }

  event(kind: PaceEvent): void {
    if (this.#progress.event(this.#stopwatch.elapsedMs(), kind)) this.#hasBegun = true;
  }

  readonly #answered = (response: Response): Response => {
    this.#isPending = false;
    this.#stopwatch.stop();
    if (this.#error !== undefined && faultOf(response) === undefined) {
      // Its body was aborted while somebody on the way still looked at its headers.
      discard(response);
      throw this.#error;
    }
    if (this.#isOver) return response;
    // Time that was kept for another attempt is of no use any more.
    if (this.#progress.next() === undefined) this.#alarm.cancel();
    onSettled(response, this.#settled);
    return response;
  };

  readonly #failed = (error: unknown): never => {
    this.#end();
    if (this.#error === undefined || this.#error === error || this.#call.signal?.aborted === true) throw error;
    // Whatever came of the abort; it has the record of the attempt.
    this.#error.cause = error;
    throw this.#error;
  };

  readonly #settled = (): void => {
    this.#isSettled = true;
    this.#end();
  };

  /** Ends with the caller, as long as there is something to end. */
  #follow(): void {
    if (this.#controller.signal.aborted) return;
    const { signal } = this.#call;
    if (signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    this.#isOver = false;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => {
    this.#end();
    this.#controller.abort(this.#call.signal?.reason);
  };

  #arm(): void {
    if (this.#isOver) return;
    this.#hasBegun = false;
    const { clock, until = never } = this.#call;
    const due = this.#stopwatch.isRunning ? this.#progress.next() : undefined;
    const dueMs = due === undefined ? never : clock.monotonic() + due.atMs - this.#stopwatch.elapsedMs();
    this.#alarm.setBy(this.#isPending ? Math.min(until, dueMs) : dueMs);
  }

  readonly #look = (): void => {
    const { clock, until } = this.#call;
    if (this.#isPending && until !== undefined && clock.monotonic() >= until - slackMs) {
      this.#giveUp('attempt_timeout', sliceStoryOf(this.#call, until - this.#startedMs));
      return;
    }
    const due = this.#progress.exceeded(this.#stopwatch.elapsedMs());
    if (due === undefined) this.#arm();
    else this.#giveUp(due.code, storyOf(this.#call, due.code, { limits: this.#limits, progress: this.#progress }));
  };

  #giveUp(code: AttemptTimeoutCode, message: string): void {
    this.#end();
    if (isPastDeadline(this.#call, this.#isPending))
      this.#error = new DeadlineExceededError('The call timed out: its deadline has passed.');
    else {
      this.#error = new AttemptTimeoutError(code, message);
      // What is whole already takes no harm.
      if (!this.#isSettled) this.#tell(code, message);
    }
    this.#controller.abort(this.#error);
  }

  #tell(code: AttemptTimeoutCode, message: string): void {
    const { id, service, attempt, context, clock, journey } = this.#call;
    journey.decision('timeout', code, message);
    const elapsedMs = clock.monotonic() - this.#startedMs;
    const event = { callId: id, service, attempt, code, message, elapsedMs };
    announce(context, 'timeout.onTimeout', this.#onTimeout, event);
  }

  readonly #end = (): void => {
    this.#isOver = true;
    this.#alarm.cancel();
    this.#call.signal?.removeEventListener('abort', this.#onAbort);
  };
}

const never = Number.POSITIVE_INFINITY;

/** Whether nobody has any use for the answer any more: then it is not this attempt that took too long. */
function isPastDeadline({ root, hints, journey, clock }: Call, isPending: boolean): boolean {
  // The timeout of the client is over when it has the headers; what a hint says holds to the end.
  const { deadlineMs } = hints;
  const hinted = deadlineMs === undefined ? undefined : journey.startMs + deadlineMs;
  const deadline = isPending ? root.deadline : hinted;
  return deadline !== undefined && clock.monotonic() >= deadline;
}
