import type { Call, Outcome } from '@holdfast/core';
import { Fit } from './fit.ts';
import { inputOf } from './input.ts';
import { outputOf } from './output.ts';
import { fieldsOf, type Content, type Fields } from './parts.ts';
import { redacted } from './redact.ts';
import { streamedAnswer } from './streamed.ts';

/** Where a text stands that is redacted. */
export type ContentPlace = 'input' | 'output' | 'instructions' | 'tools';

/** How content is cleaned before it is told. */
export interface Cleaning {
  /** Characters of each of input, output, instructions and tools. */
  readonly maxContentChars: number;
  /** The user's own, after ours. */
  readonly redact: ((text: string, place: ContentPlace) => string) | undefined;
}

/** What was said in a call, cleaned and cut. */
export function contentOf(call: Call, outcome: Outcome, cleaning: Cleaning): Content {
  const { operation } = call.route;
  const { input, instructions, tools } = inputOf(operation, requestOf(call));
  const output = outputOf(operation, answerOf(call, outcome));
  const fit = (place: ContentPlace): Fit =>
    new Fit(cleaning.maxContentChars, (text) => {
      const clean = redacted(text);
      return cleaning.redact === undefined ? clean : String(cleaning.redact(clean, place));
    });
  return {
    ...(input !== undefined && { input: fit('input').messages(input) }),
    ...(instructions !== undefined && { instructions: fit('instructions').parts(instructions) }),
    ...(tools !== undefined && { tools: fit('tools').tools(tools) }),
    ...(output.length > 0 && { output: fit('output').messages(output) }),
  };
}

function requestOf({ body }: Call): Fields {
  return typeof body.raw === 'string' ? parsed(body.raw) : {};
}

function answerOf(call: Call, outcome: Outcome): Fields {
  const { texts } = outcome;
  if (outcome.status === undefined || outcome.status >= 400) return {};
  return call.body.stream ? streamedAnswer(call.route.operation, texts) : parsed(texts[0] ?? '');
}

function parsed(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}
