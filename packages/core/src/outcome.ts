import type { Fault } from './fault.ts';
import { readAnswer, type Answer, type Usage } from './answer.ts';

/**
 * How the body of an answer came to its end.
 *
 * - `complete`: read to its proper end.
 * - `failed`: a fault, before the headers, in place of them or inside the body.
 * - `cancelled`: the caller stopped reading or aborted.
 * - `abandoned`: nobody ever read it.
 */
export type Ending = 'complete' | 'failed' | 'cancelled' | 'abandoned';

/** What the tap kept of a body, to be read only if somebody asks: a JSON text, or what gives texts of events. */
export type Residue = string | (() => readonly string[]);

/** How a call or an attempt ended, known when its *body* ended and not when its headers came. */
export class Outcome {
  readonly ending: Ending;
  readonly fault: Fault | undefined;
  readonly status: number | undefined;
  /** From the start of the attempt to the first event of a stream, or to the end of a plain body. */
  readonly firstEventMs: number | undefined;
  /** How many events with data came, for a stream. */
  readonly events: number | undefined;
  /** From the start of the attempt to this end. */
  readonly durationMs: number;
  readonly #residue: Residue | undefined;
  #answer: Answer | undefined;

  constructor(fields: {
    ending: Ending;
    fault?: Fault | undefined;
    status?: number | undefined;
    firstEventMs?: number | undefined;
    events?: number | undefined;
    durationMs: number;
    residue?: Residue | undefined;
  }) {
    this.ending = fields.ending;
    this.fault = fields.fault;
    this.status = fields.status;
    this.firstEventMs = fields.firstEventMs;
    this.events = fields.events;
    this.durationMs = fields.durationMs;
    this.#residue = fields.residue;
  }

  /** A whole answer reached the caller. */
  get ok(): boolean {
    return this.ending === 'complete' && this.fault === undefined;
  }

  /** Tokens, as the upstream counted them; `undefined` if it did not say. */
  get usage(): Usage | undefined {
    return this.#read().usage;
  }

  /** The model that answered, as the upstream names it. */
  get model(): string | undefined {
    return this.#read().model;
  }

  /** Id of the completion or response. */
  get responseId(): string | undefined {
    return this.#read().id;
  }

  /** Why each choice ended, in the order in which they did. */
  get finishReasons(): readonly string[] {
    return this.#read().finishReasons;
  }

  /** The tier that served the answer, if it says so. */
  get serviceTier(): string | undefined {
    return this.#read().serviceTier;
  }

  /** Of the configuration that the model ran with, if the answer says so. */
  get systemFingerprint(): string | undefined {
    return this.#read().systemFingerprint;
  }

  /**
   * What was kept of the body: the text of a JSON answer, or texts of events of a stream, of which there are only a few
   * unless more was asked for (`call.keptBytes`).
   */
  get texts(): readonly string[] {
    if (this.#residue === undefined) return [];
    return typeof this.#residue === 'string' ? [this.#residue] : this.#residue();
  }

  #read(): Answer {
    return (this.#answer ??= readAnswer(this.#residue));
  }
}
