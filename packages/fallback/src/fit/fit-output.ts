import type { Operation } from '@holdfast/core';
import type { ModelCapabilities } from '../models/capabilities.ts';
import type { Draft } from './draft.ts';
import { inputTokensOf } from './input-tokens.ts';

/** All names that the limit of an answer goes by. */
const names = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'];

/**
 * An answer that is cut before this is none.
 * @see https://platform.openai.com/docs/api-reference/responses/create (the least that `max_output_tokens` may be)
 */
const leastTokens = 16;

/**
 * Gives the limit of the answer the name that the model takes, and a value that fits under its ceiling and beside the
 * input. Returns why the request is too long for the model. A request without a limit stays without one.
 */
export function fitOutput(draft: Draft, can: ModelCapabilities): string | undefined {
  rename(draft, namesFor(draft.operation, can));
  clamp(draft, can.maxOutputTokens, 'the longest answer of the model');
  const { contextTokens, maxInputTokens } = can;
  if (contextTokens === undefined && maxInputTokens === undefined) return undefined;
  // The server itself shortens what is too long.
  if (draft.get('truncation') === 'auto') return undefined;
  const input = inputTokensOf(draft.json);
  if (maxInputTokens !== undefined && input > maxInputTokens) return tooLong(input, maxInputTokens);
  if (contextTokens === undefined) return undefined;
  const room = contextTokens - input;
  const wanted = limitsOf(draft).map((name) => Number(draft.get(name)));
  if (room < Math.min(leastTokens, ...wanted)) return tooLong(input, contextTokens);
  clamp(draft, room, 'what the context of the model leaves beside the input');
  return undefined;
}

const tooLong = (input: number, most: number): string => `its ${most} tokens are too few for about ${input} of input`;

/** The names that the model takes, the preferred one first. */
function namesFor(operation: Operation, { maxTokens }: ModelCapabilities): readonly string[] {
  if (operation === 'responses') return ['max_output_tokens'];
  if (operation === 'completions' || maxTokens === 'only') return ['max_tokens'];
  if (maxTokens === undefined) return names;
  return maxTokens === 'never' ? ['max_completion_tokens'] : ['max_completion_tokens', 'max_tokens'];
}

/** The names at which a number stands. Anything else is for the server to refuse. */
const limitsOf = (draft: Draft): readonly string[] => names.filter((name) => typeof draft.get(name) === 'number');

function rename(draft: Draft, taken: readonly string[]): void {
  const to = taken[0] as string;
  for (const name of limitsOf(draft)) {
    if (taken.includes(name)) continue;
    const asked = Number(draft.get(name));
    const other = draft.get(to);
    delete draft.json[name];
    draft.changes.push({
      parameter: name,
      action: 'translated',
      from: asked,
      to,
      reason: 'the name that the model takes',
    });
    // Of two limits the lower one was meant to hold.
    draft.set(to, typeof other === 'number' ? Math.min(asked, other) : asked);
  }
}

function clamp(draft: Draft, most: number | undefined, reason: string): void {
  if (most === undefined) return;
  for (const parameter of limitsOf(draft)) {
    const asked = Number(draft.get(parameter));
    if (asked <= most) continue;
    draft.set(parameter, most);
    draft.changes.push({ parameter, action: 'clamped', from: asked, to: most, reason });
  }
}
