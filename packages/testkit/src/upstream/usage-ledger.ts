import type { Caller } from './keys.ts';
import type { TokenUsage } from './reply.ts';

/** What one key used of one model within one minute. */
export interface UsageCell {
  /** Start of the minute, in milliseconds since the epoch. */
  readonly minuteMs: number;
  readonly project: string;
  readonly apiKeyId: string;
  readonly model: string;
  requests: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
}

/** How many cells are kept. */
const cellLimit = 10_000;

/** Adds up what was used, for the usage and cost reports of the Admin API. */
export class UsageLedger {
  readonly #cells = new Map<string, UsageCell>();

  /** Counts one request. */
  record(atMs: number, caller: Caller & { readonly id: string }, model: string, usage: TokenUsage): void {
    const minuteMs = atMs - (atMs % 60_000);
    const key = `${minuteMs}\n${caller.id}\n${model}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      const { project, id: apiKeyId } = caller;
      cell = { minuteMs, project, apiKeyId, model, requests: 0, inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
      if (this.#cells.size >= cellLimit) this.#cells.delete(this.#cells.keys().next().value!);
      this.#cells.set(key, cell);
    }
    cell.requests += 1;
    cell.inputTokens += usage.inputTokens;
    cell.cachedTokens += usage.cachedTokens;
    cell.outputTokens += usage.outputTokens;
  }

  /** The cells whose minute begins within a span. */
  between(fromMs: number, untilMs: number): UsageCell[] {
    return [...this.#cells.values()].filter((cell) => cell.minuteMs >= fromMs && cell.minuteMs < untilMs);
  }
}
