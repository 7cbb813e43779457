import { notify, type Context } from '@holdfast/core';
import { open, type FactType } from './channels.ts';
import type { DiagnosticFact } from './facts.ts';
import type { DiagnosticsOptions } from './options.ts';

/** Who is told: the listener, and whoever has subscribed by now. */
export class Audience {
  readonly #listener: DiagnosticsOptions['listener'];

  constructor(listener: DiagnosticsOptions['listener']) {
    this.#listener = listener;
  }

  /** Whether a fact of this kind is worth making. */
  hears(type: FactType): boolean {
    return this.#listener !== undefined || open[type].hasSubscribers;
  }

  hearsAttempts(): boolean {
    return this.hears('attempt:start') || this.hears('attempt:end') || this.hears('attempt:settled');
  }

  hearsCalls(): boolean {
    return this.hears('call:start') || this.hears('call:end') || this.hearsAttempts();
  }

  /** Tells the listener first. Never throws. */
  tell(context: Context, fact: DiagnosticFact): void {
    notify(context, 'diagnostics.listener', this.#listener, fact);
    // Node throws what a subscriber throws on a later tick, so that it breaks neither the call nor other subscribers.
    const channel = open[fact.type];
    if (channel.hasSubscribers) channel.publish(fact);
  }
}
