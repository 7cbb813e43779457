import type { World } from './world.ts';

/** What one call asks for. */
export interface Question {
  readonly prompt: string;
  readonly stream: boolean;
  /** Ends when the caller's patience does. */
  readonly signal: AbortSignal;
}

/** What the caller was given as an answer, without an error. */
export interface Answer {
  readonly text: string;
  readonly finishReason: string | undefined;
  /** The model that the answer says it is from. */
  readonly model: string | undefined;
}

/** A contestant at work in one world. */
export interface Asker {
  /** Reads the answer to its end; throws whatever the contestant throws. */
  ask(question: Question): Promise<Answer>;
  close(): Promise<void> | void;
}

/** One way of making calls to the API hold. */
export interface Contestant {
  readonly name: string;
  /** What it cannot express, in a few words. */
  readonly lacks?: string;
  start(world: World): Asker;
}
