import type { JsonObject } from '@holdfast/core';

/** About what the request to go on adds to a conversation, in tokens. */
const instructionTokens = 40;

/**
 * What the parts of a continued answer cost together. Each part is billed: its input anew, and what it put out. Only
 * the last says so, as usage comes with the end; what the others put out is counted by their events, and their input
 * told from that of the last, which is the same conversation with what was said so far.
 */
export class Bill {
  /** Tokens that had been said when each part broke. */
  readonly #brokenAt: number[] = [];

  get parts(): number {
    return this.#brokenAt.length;
  }

  /** Notes that a part has broken, with what was said by then. */
  broke(saidTokens: number): void {
    this.#brokenAt.push(saidTokens);
  }

  /** The usage of the last part as that of them all, in the words of either operation. */
  total(usage: JsonObject): JsonObject {
    const [input, output] = 'input_tokens' in usage ? responseNames : chatNames;
    const said = this.#brokenAt.at(-1) ?? 0;
    const lastInput = count(usage[input]);
    const conversation = Math.max(0, lastInput - said - instructionTokens);
    const before = [0, ...this.#brokenAt.slice(0, -1)];
    const inputs = before.map((tokens) => conversation + (tokens === 0 ? 0 : tokens + instructionTokens));
    const totalInput = inputs.reduce((sum, one) => sum + one, lastInput);
    const totalOutput = count(usage[output]) + said;
    return { ...usage, [input]: totalInput, [output]: totalOutput, total_tokens: totalInput + totalOutput };
  }
}

const chatNames = ['prompt_tokens', 'completion_tokens'] as const;
const responseNames = ['input_tokens', 'output_tokens'] as const;

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
