import type { AttemptEntry, Ending, Fault, Journey, LayerEvent, Usage } from '@holdfast/core';

/** A call begins. */
export interface CallStarted {
  readonly type: 'call:start';
  /** Id of the call, as in its journey. */
  readonly callId: string;
  /** Name of the pipeline. */
  readonly service: string;
  /** E.g. `chat`, `responses`, `embeddings`. */
  readonly operation: string;
  /** Where it is addressed, e.g. `https://api.openai.com`. */
  readonly origin: string;
  /** The model that was asked for; `undefined` if none is named. */
  readonly model: string | undefined;
  /** Whether an event stream was asked for. */
  readonly isStream: boolean;
}

/** A call ended: its body did, or there is none. Comes exactly once for each call that began. */
export interface CallEnded extends Omit<CallStarted, 'type'> {
  readonly type: 'call:end';
  /** `complete`, `failed`, `cancelled`, or `abandoned` when nobody ever read the answer. */
  readonly ending: Ending;
  /** Status of the upstream's answer; `undefined` if there is none, because the call was refused or `fetch` threw. */
  readonly status: number | undefined;
  /** What went wrong for the caller. Faults that were retried or fallen back from are in the journey. */
  readonly fault: Fault | undefined;
  /** From the start of the call to its end, in milliseconds. */
  readonly durationMs: number;
  /** From the start of the call to the first event of a stream or the end of a plain body, in milliseconds. */
  readonly firstEventMs: number | undefined;
  /** The model that answered, as the upstream names it. */
  readonly answeredBy: string | undefined;
  /** Tokens, as the upstream counted them; `undefined` if it did not say. */
  readonly usage: Usage | undefined;
  /** Why each choice ended. */
  readonly finishReasons: readonly string[];
  /** How many requests were sent; 0 if the call was refused before the first. */
  readonly attempts: number;
  /** Every attempt, wait, refusal and decision. */
  readonly journey: Journey;
}

/** A request is about to leave. */
export interface AttemptStarted {
  readonly type: 'attempt:start';
  /** Id of the call, as in its journey. */
  readonly callId: string;
  /** Name of the pipeline. */
  readonly service: string;
  /** The request as it stood when this was told: a copy that does not change. */
  readonly attempt: Readonly<AttemptEntry>;
}

/** The headers of a request came, or it failed. */
export interface AttemptEnded extends Omit<AttemptStarted, 'type'> {
  readonly type: 'attempt:end';
}

/** The body of an answer ended, or there is none. Comes after `attempt:end`. */
export interface AttemptSettled extends Omit<AttemptStarted, 'type'> {
  readonly type: 'attempt:settled';
  /** How the body ended, as for a call. */
  readonly ending: Ending;
  /** What went wrong, inside the body included. */
  readonly fault: Fault | undefined;
  /** From the start of the request to the end of the body, in milliseconds. */
  readonly durationMs: number;
}

/** A layer told something, as it tells its callback: a retry, a circuit that opened, a credential that was renewed. */
export interface LayerTold extends LayerEvent {
  readonly type: 'event';
}

/** What there is to know, one fact at a time. None holds a secret, a prompt, a completion, a body or a header. */
export type DiagnosticFact = CallStarted | CallEnded | AttemptStarted | AttemptEnded | AttemptSettled | LayerTold;
