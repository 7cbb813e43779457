import { LightAbort } from '@holdfast/core';

/**
 * Signals that end with the caller's, each of which can be ended alone. One listener, however many there are, and it
 * holds nothing else of the call.
 */
export class Reins {
  readonly #parent: AbortSignal | undefined;
  readonly #controllers: LightAbort[] = [];

  constructor(parent: AbortSignal | undefined) {
    this.#parent = parent;
    parent?.addEventListener('abort', this.#pull, { once: true });
  }

  /** Whether the caller has given up. */
  get isPulled(): boolean {
    return this.#parent?.aborted === true;
  }

  /** One more signal, in the hand of whoever may end it. */
  add(): LightAbort {
    const controller = new LightAbort();
    this.#controllers.push(controller);
    return controller;
  }

  /** Lets go of the caller's signal. */
  readonly release = (): void => this.#parent?.removeEventListener('abort', this.#pull);

  readonly #pull = (): void => {
    for (const controller of this.#controllers) controller.abort(this.#parent?.reason);
  };
}
