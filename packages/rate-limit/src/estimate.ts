import type { Call, Usage } from '@holdfast/core';
import { asked } from './asked.ts';

/** Tokens in a byte of a request before anything was seen; the API's own rule of thumb is four characters a token. */
const firstTokensPerByte = 0.25;
/** Input of a request whose size says nothing, before anything was seen: with a picture or a sound in it. */
const firstEmbeddedTokens = 1000;
/** How much one answer moves what is expected of the next. */
const weight = 0.1;
/** Fields by which requests bound their answers. */
const outputFields = ['max_completion_tokens', 'max_tokens', 'max_output_tokens', 'n'] as const;

/** Counts the tokens of a request exactly, without those of its answer, in place of the estimate. */
export type CountTokens = (call: Call) => number | undefined;

/**
 * What requests to one model will take of a limit of tokens, calibrated by what they took: tokens in a byte of the
 * request, and tokens of an answer. The API counts the longest answer that is asked for, where one is.
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 */
export class TokenEstimate {
  readonly #count: CountTokens | undefined;
  #tokensPerByte = firstTokensPerByte;
  /** Nothing is known of answers before the first. */
  #outputTokens = 0;
  #embeddedTokens = firstEmbeddedTokens;
  #seen = 0;

  constructor(count?: CountTokens) {
    this.#count = count;
  }

  /** Answers that it was calibrated by. */
  get seen(): number {
    return this.#seen;
  }

  of(call: Call): number {
    const input = this.#counted(call) ?? this.#inputOf(call);
    return Math.max(1, Math.ceil(input + this.#outputOf(call)));
  }

  /** An answer told what it took. */
  learn(call: Call, { inputTokens, outputTokens }: Usage): void {
    const share = this.#seen++ === 0 ? 1 : weight;
    const bytes = call.body.sizeBytes ?? 0;
    if (hasEmbedded(call)) this.#embeddedTokens += weight * (inputTokens - this.#embeddedTokens);
    else if (bytes > 0 && inputTokens > 0) this.#tokensPerByte += share * (inputTokens / bytes - this.#tokensPerByte);
    this.#outputTokens += share * (outputTokens - this.#outputTokens);
  }

  /** What is no number would make none of every sum that it is part of. */
  #counted(call: Call): number | undefined {
    if (this.#count === undefined) return undefined;
    const counted = asked(call, 'countTokens', this.#count, call);
    return counted !== undefined && counted >= 0 && counted < Number.POSITIVE_INFINITY ? counted : undefined;
  }

  #inputOf(call: Call): number {
    return hasEmbedded(call) ? this.#embeddedTokens : (call.body.sizeBytes as number) * this.#tokensPerByte;
  }

  #outputOf({ body, route }: Call): number {
    if (route.operation === 'embeddings' || route.operation === 'moderations') return 0;
    const { raw } = body;
    if (typeof raw !== 'string' || !(raw.includes('"max_') || raw.includes('"n"'))) return this.#outputTokens;
    const fields = body.fields(outputFields);
    const answers = positive(fields['n']) ?? 1;
    const longest = outputFields
      .slice(0, 3)
      .map((name) => positive(fields[name]))
      .find((one) => one !== undefined);
    return answers * (longest ?? this.#outputTokens);
  }
}

/** Whether a request holds more than text, so that its size says nothing about its tokens. */
function hasEmbedded({ body: { raw, sizeBytes } }: Call): boolean {
  if (sizeBytes === undefined) return true;
  return typeof raw === 'string' && raw.length > 16_384 && raw.includes(';base64,');
}

const positive = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);
