import type { DecisionEntry, Fault, Journey, JourneyEntry, RefusalEntry, WaitEntry } from '@holdfast/core';
import { metricKey as key } from './attribute-keys.ts';
import { errorName, errorOfRefusal } from './error-names.ts';
import type { Instruments } from './instruments.ts';
import type { Labels } from './labels.ts';

/** What a journey is told with. */
export interface Teller {
  readonly instruments: Instruments;
  readonly labels: Labels;
  readonly service: string;
  /** The model that the caller asked for. */
  readonly requestedModel: string | undefined;
  /** The `error.type` of a fault; `undefined` for what is no error. */
  readonly errorTypeOf: (fault: Fault) => string | undefined;
}

/** What matters of a journey beyond what was counted while it was told. */
export interface Told {
  readonly wasRetried: boolean;
  /** Calls that went as the probe of a circuit. */
  readonly probes: number;
}

/** Reports what happened in one call, in one pass over its journey. */
export function tellJourney(journey: Journey, teller: Teller): Told {
  const story = new Story(teller);
  for (const entry of journey.entries) story.tell(entry);
  return story;
}

class Story implements Told {
  readonly #teller: Teller;
  wasRetried = false;
  probes = 0;
  /** What went wrong last, as `error.type`. */
  #error: string | undefined;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  tell(entry: JourneyEntry): void {
    if (entry.type === 'attempt') this.#attempt(entry.fault);
    else if (entry.type === 'wait') this.#wait(entry);
    else if (entry.type === 'refusal') this.#refusal(entry);
    else this.#decision(entry);
  }

  #attempt(fault: Fault | undefined): void {
    const type = fault && this.#teller.errorTypeOf(fault);
    if (type !== undefined) this.#error = errorName(type);
  }

  #wait({ layer, delayMs }: WaitEntry): void {
    const { instruments, service } = this.#teller;
    if (layer === 'rateLimit') instruments.record('rateLimitWait', delayMs / 1000, { [key.service]: service });
    if (layer !== 'retry') return;
    this.wasRetried = true;
    instruments.record('retryDelay', delayMs / 1000, { [key.service]: service });
  }

  #refusal({ layer, code }: RefusalEntry): void {
    this.#error = errorOfRefusal(code);
    const { instruments, labels, service } = this.#teller;
    const told = (): string => labels.word('refusalCode', code);
    if (layer === 'rateLimit') instruments.add('rateLimitRejections', 1, labels.pair(service, 'refusalCode', told()));
    else if (layer === 'budget') instruments.add('budgetRejections', 1, labels.pair(service, 'refusalCode', told()));
    else if (layer === 'breaker') instruments.add('circuitCalls', 1, labels.pair(service, 'result', 'refused'));
  }

  #decision({ layer, action, reason }: DecisionEntry): void {
    if (layer === 'retry') this.#retryDecision(action, reason);
    else if (layer === 'breaker') this.#breakerDecision(action);
    else if (layer === 'fallback') this.#fallbackDecision(action);
    else if (layer === 'coalesce') {
      const { instruments, labels, service } = this.#teller;
      instruments.add('coalesceRequests', 1, labels.pair(service, 'result', labels.word('result', action)));
    }
  }

  #retryDecision(action: string, reason: string): void {
    if (action !== 'give_up') return;
    const { instruments, labels, service } = this.#teller;
    instruments.add('retrySuppressed', 1, labels.pair(service, 'reason', whyNoRetry(reason)));
  }

  #breakerDecision(action: string): void {
    const { instruments, labels, service } = this.#teller;
    if (action === 'probe') this.probes++;
    if (action === 'probe' || action === 'would_refuse')
      instruments.add('circuitCalls', 1, labels.pair(service, 'result', action));
  }

  #fallbackDecision(action: string): void {
    if (action === 'poor_answer') this.#error = action;
    const rung = /^(?:model|try) (.+)$/.exec(action)?.[1];
    if (rung === undefined) return;
    const { instruments, labels, service, requestedModel } = this.#teller;
    instruments.add('fallbackActivations', 1, {
      [key.service]: service,
      ...(requestedModel !== undefined && { [key.requestModel]: labels.models.of(requestedModel) }),
      [key.fallbackTo]: labels.name('fallbackTo', rung),
      ...(this.#error !== undefined && { [key.errorType]: this.#error }),
    });
  }
}

/** The layer says it in words; these are what they have in common. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/the retry budget of/, 'budget'],
  [/does not fit into/, 'deadline'],
  [/the server asked for/, 'server_wait'],
  [/cannot be sent twice|may have been processed/, 'unsafe'],
  [/retries already/, 'nested'],
  [/ after \d+ (?:attempt|of)/, 'exhausted'],
];

const whyNoRetry = (reason: string): string => reasons.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
