import { explainJson, type StoryFacts, type Usage } from 'holdfast';

/** A line of an audit log, as far as it can be counted on. */
export interface CallText {
  readonly type: string;
  readonly callId?: unknown;
  readonly ending?: unknown;
}

/** What an answer cost in US dollars, if that is known. */
export type CostOf = (model: string, usage: Usage) => number | undefined;

/** Models that are named; more are counted together. */
const namedModels = 10;

/** Adds up the calls of a log. */
export class Tally {
  readonly #costOf: CostOf | undefined;
  readonly #models = new Map<string, number>();
  #calls = 0;
  #failed = 0;
  #refused = 0;
  #retried = 0;
  #costUsd = 0;
  #unpriced = 0;

  constructor(costOf: CostOf | undefined) {
    this.#costOf = costOf;
  }

  get calls(): number {
    return this.#calls;
  }

  get failed(): number {
    return this.#failed;
  }

  add(call: CallText): void {
    const facts = explainJson(call, this.#costOf === undefined ? {} : { costOf: this.#costOf });
    if (facts === undefined) return;
    this.#calls++;
    if (facts.ending === 'failed') this.#failed++;
    if (isRefused(call, facts)) this.#refused++;
    if (facts.attempts > 1) this.#retried++;
    if (facts.answeredBy !== null) this.#models.set(facts.answeredBy, (this.#models.get(facts.answeredBy) ?? 0) + 1);
    if (facts.costUsd !== null) this.#costUsd += facts.costUsd;
    else if (facts.usage !== null) this.#unpriced++;
  }

  /** Two or three lines for the end. */
  lines(): readonly string[] {
    const counts = `${this.#failed} failed, ${this.#refused} of them refused; ${this.#retried} took more than one attempt`;
    const lines = [`In all: ${this.#calls} ${this.#calls === 1 ? 'call' : 'calls'}, ${counts}.`];
    if (this.#models.size > 0) lines.push(`Answered by: ${this.#modelsText()}.`);
    if (this.#costOf === undefined) return lines;
    const unpriced = this.#unpriced === 0 ? '' : `, without ${this.#unpriced} whose model has no price`;
    return [...lines, `Cost of the answers: $${this.#costUsd.toFixed(4)}${unpriced}.`];
  }

  #modelsText(): string {
    const models = [...this.#models].toSorted(([, one], [, other]) => other - one);
    const named = models.slice(0, namedModels).map(([model, count]) => `${model} ${count}`);
    const others = models.slice(namedModels).reduce((sum, [, count]) => sum + count, 0);
    return [...named, ...(others === 0 ? [] : [`others ${others}`])].join(', ');
  }
}

/** Whether Holdfast itself said no in the end, and not only on the way. */
const isRefused = (call: CallText, { ending }: StoryFacts): boolean =>
  ending === 'failed' && 'refusal' in call && typeof call.refusal === 'string';
