import { findTopLevel } from './json-span.ts';
import type { Residue } from './outcome.ts';

/** Tokens of one answer. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
}

/** What an answer says of itself. */
export interface Answer {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly usage: Usage | undefined;
  readonly finishReasons: readonly string[];
}

/** Reads an answer off what the tap kept. Looks at a few top-level fields and parses no content. */
export function readAnswer(residue: Residue | undefined): Answer {
  let id: string | undefined;
  let model: string | undefined;
  let usage: Usage | undefined;
  const finishReasons: string[] = [];
  for (const json of jsonsOf(residue)) {
    if (id !== undefined && model !== undefined && !mayTell(json)) continue;
    const fields = fieldsOf(json);
    id ??= fields.id;
    model ??= fields.model;
    usage = fields.usage ?? usage;
    finishReasons.push(...fields.finishReasons);
  }
  return { id, model, usage, finishReasons };
}

/** Whether an event may name an end or tokens. Most are words, and a native search passes them over. */
const mayTell = (json: string): boolean =>
  json.includes('"response"') || /"usage"\s*:\s*\{/.test(json) || /"finish_reason"\s*:\s*"/.test(json);

function jsonsOf(residue: Residue | undefined): Iterable<string> {
  if (residue === undefined) return [];
  return typeof residue === 'string' ? [residue] : residue().flatMap((text) => [...dataLines(text)]);
}

function* dataLines(text: string): Generator<string> {
  for (const [, data] of text.matchAll(/(?:^|[\r\n])data: ?(\{[^\r\n]*)/g)) yield data as string;
}

function fieldsOf(json: string): Answer {
  const spans = findTopLevel(json, ['id', 'model', 'usage', 'choices', 'response', 'status']);
  const read = (key: string): unknown => {
    const span = spans.get(key);
    return span && parse(json.slice(span.start, span.end));
  };
  const nested = spans.get('response');
  if (nested !== undefined) return fieldsOf(json.slice(nested.start, nested.end));
  const id = read('id');
  const model = read('model');
  const usage = usageOf(read('usage'));
  const choices = spans.get('choices');
  return {
    id: typeof id === 'string' ? id : undefined,
    model: typeof model === 'string' ? model : undefined,
    usage,
    finishReasons: choices ? finishReasonsOf(json.slice(choices.start, choices.end)) : statusOf(read('status')),
  };
}

const finishKey = '"finish_reason"';

/** `finish_reason` of each choice; inside a string value the quotes would be escaped. */
function finishReasonsOf(choices: string): string[] {
  const reasons: string[] = [];
  // A native search, as a pattern would try every brace and comma of the answer.
  for (let at = choices.indexOf(finishKey); at !== -1; at = choices.indexOf(finishKey, at + 1)) {
    const isKey = /[{,]\s*$/.test(choices.slice(Math.max(0, at - 16), at));
    const after = at + finishKey.length;
    const reason = isKey && /^\s*:\s*"([a-z_]+)"/.exec(choices.slice(after, after + 64))?.[1];
    if (reason) reasons.push(reason);
  }
  return reasons;
}

/** The Responses API names its end in `status`. */
const statusOf = (status: unknown): string[] =>
  status === 'completed' || status === 'incomplete' || status === 'failed' ? [status] : [];

function usageOf(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const usage = value as Record<string, unknown>;
  const inputDetails = usage['prompt_tokens_details'] ?? usage['input_tokens_details'];
  const outputDetails = usage['completion_tokens_details'] ?? usage['output_tokens_details'];
  return {
    inputTokens: count(usage['prompt_tokens'] ?? usage['input_tokens']),
    outputTokens: count(usage['completion_tokens'] ?? usage['output_tokens']),
    cachedInputTokens: count((inputDetails as Record<string, unknown> | null | undefined)?.['cached_tokens']),
    reasoningTokens: count((outputDetails as Record<string, unknown> | null | undefined)?.['reasoning_tokens']),
  };
}

const count = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
