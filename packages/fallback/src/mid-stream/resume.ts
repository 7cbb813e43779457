import {
  askingFor,
  attempt,
  discard,
  retakeBody,
  sleep,
  type Attempt,
  type Call,
  type JsonObject,
  type Next,
} from '@holdfast/core';
import type { Account } from './account.ts';
import { catchUp } from './catch-up.ts';
import { encoded, fieldsOf } from './event-text.ts';
import type { Broken, Mend, Segment } from './mended-source.ts';
import { homeOf } from './place.ts';
import { ReadOn } from './read-on.ts';

/** How long after a break a stream can still be read on; later only the whole answer is to be had. @see facts */
const resumeWindowMs = 5 * 60_000;
/** Longest wait between two tries, in milliseconds. */
const maxBackoffMs = 8000;
/** Waits between two looks at an answer that is still being made, in milliseconds. */
const firstPollMs = 1000;
const maxPollMs = 10_000;

/**
 * Reads a response in the background on from where its stream stopped: the same answer, so nothing is asked or paid
 * for twice. When the upstream no longer streams it, it is asked for until it has ended.
 */
export function resuming(call: Call, next: Next, maxMends: number): Mend | undefined {
  if (call.route.operation !== 'responses' || !isInBackground(call)) return undefined;
  const resumption = new Resumption(call, next, maxMends);
  return (broken) => resumption.goOn(broken);
}

/** Whether a call asks for a response that is made whether or not anybody listens. */
export const isInBackground = (call: Call): boolean => call.body.fields(['background'])['background'] === true;

/** What one resumption works with. */
interface Interrupted {
  /** The call at the place where the response lives. */
  readonly home: Call;
  readonly path: string;
  readonly account: Account;
}

class Resumption {
  readonly #call: Call;
  readonly #next: Next;
  readonly #maxMends: number;
  #mends = 0;
  #answered: Call | undefined;

  constructor(call: Call, next: Next, maxMends: number) {
    this.#call = call;
    this.#next = next;
    this.#maxMends = maxMends;
  }

  async goOn({ said, answered, hasFailed, signal }: Broken): Promise<Segment | undefined> {
    const account = said.read();
    const id = account.head?.['id'];
    if (hasFailed || typeof id !== 'string' || account.sequence === undefined) return undefined;
    // Of a resumed stream it would be the request to resume.
    this.#answered ??= answered ?? this.#call;
    const home = this.#call.with({ ...homeOf(this.#call, this.#answered), signal });
    const interrupted = { home, path: `${this.#call.route.path}/${encodeURIComponent(id)}`, account };
    return (await this.#resumed(interrupted)) ?? this.#polled(interrupted);
  }

  /** `undefined` when the stream can no longer be had. */
  async #resumed({ home, path, account }: Interrupted): Promise<Segment | undefined> {
    const { sequence = -1 } = account;
    const sinceMs = home.clock.monotonic();
    let waitMs = 0;
    for (let tries = 1; this.#mends < this.#maxMends; tries++) {
      // At once at first, as most cuts are of the connection and not of the answer.
      if (tries > 1) await this.#wait(home, waitMs);
      if (home.clock.monotonic() - sinceMs >= resumeWindowMs) return undefined;
      this.#mends++;
      home.journey.decision('fallback', 'resume', `the stream broke after event ${sequence}`);
      const { response, fault } = await this.#ask(home, `${path}?stream=true&starting_after=${sequence}`);
      const source = response !== undefined && fault === undefined ? retakeBody(response) : undefined;
      if (response !== undefined && source !== undefined) return { response, source: new ReadOn(source, sequence) };
      if (response !== undefined) discard(response);
      // An upstream without a fault knows no streams of what it keeps.
      if (fault?.retryable !== true) return undefined;
      waitMs = Math.max(fault.retryAfterMs ?? 0, backoffMs(tries, home.context.random()));
    }
    return undefined;
  }

  /** Waits for the end of the answer, and tells what the caller lacks of it. */
  async #polled({ home, path, account }: Interrupted): Promise<Segment | undefined> {
    home.journey.decision(
      'fallback',
      'poll',
      'the stream is no longer to be had; the response is asked for until it ends',
    );
    let failures = 0;
    for (let waitMs = firstPollMs; ; waitMs = Math.min(maxPollMs, waitMs * 1.5)) {
      const result = await this.#ask(home, path);
      const answer = result.fault === undefined ? await answerOf(result.response) : undefined;
      if (answer === undefined) {
        if (result.response !== undefined) discard(result.response);
        const isFinal = result.fault !== undefined && !result.fault.retryable;
        if (isFinal || ++failures > this.#maxMends) return undefined;
      } else if (isOver(answer)) {
        return answer['status'] === 'cancelled' ? undefined : segmentOf(result.response as Response, account, answer);
      } else failures = 0;
      await sleep(home.clock, waitMs, home.signal);
    }
  }

  async #ask(home: Call, path: string): Promise<Attempt> {
    const result = await attempt(askingFor(home, 'GET', path), this.#next);
    home.signal?.throwIfAborted();
    return result;
  }

  async #wait(home: Call, delayMs: number): Promise<void> {
    home.journey.wait('fallback', delayMs, 'the response could not be resumed');
    await sleep(home.clock, delayMs, home.signal);
  }
}

/** Doubling, with up to half of it left to chance, so that callers which were cut together do not return together. */
const backoffMs = (tries: number, chance: number): number =>
  Math.min(maxBackoffMs, 500 * 2 ** (tries - 1)) * (1 - chance / 2);

const isOver = ({ status }: JsonObject): boolean => status !== 'queued' && status !== 'in_progress';

async function answerOf(response: Response | undefined): Promise<JsonObject | undefined> {
  try {
    const answer = fieldsOf((await response?.text()) ?? '');
    return typeof answer?.['status'] === 'string' ? answer : undefined;
  } catch {
    return undefined;
  }
}

function segmentOf(response: Response, account: Account, answer: JsonObject): Segment {
  const blocks = [encoded(catchUp(account, answer))];
  return { response, source: { read: () => blocks.shift(), cancel: () => undefined } };
}
