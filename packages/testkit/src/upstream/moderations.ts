import { refuseMissing } from './errors.ts';
import { objectsOf, stringOf } from './json.ts';
import type { JsonObject } from './json.ts';
import { jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';

const categories = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

/** A word that makes the fake flag a text. */
const flagged = /\bviolence\b/i;

function judge(text: string): JsonObject {
  const isFlagged = flagged.test(text);
  const score = (name: string): number => (isFlagged && name === 'violence' ? 0.98 : 0.0001);
  return {
    flagged: isFlagged,
    categories: Object.fromEntries(categories.map((name) => [name, score(name) > 0.5])),
    category_scores: Object.fromEntries(categories.map((name) => [name, score(name)])),
    category_applied_input_types: Object.fromEntries(categories.map((name) => [name, ['text']])),
  };
}

const moderate: Handler = (state, request) => {
  const { input, model } = request.json;
  if (input === undefined) refuseMissing('input');
  const texts = Array.isArray(input)
    ? [
        ...input.filter((item) => typeof item === 'string'),
        ...objectsOf(input).map((item) => stringOf(item['text']) ?? ''),
      ]
    : [String(input)];
  return jsonReply({ id: state.nextId('modr-'), model: model ?? 'omni-moderation-latest', results: texts.map(judge) });
};

/** Moderations: a text is flagged if it speaks of violence. */
export const moderationRoutes: Routes = { 'POST /moderations': moderate };
