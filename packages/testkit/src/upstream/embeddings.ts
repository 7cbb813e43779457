import { checkContext, countTokens, requireModel, takeLimits } from './admission.ts';
import { refuseMissing } from './errors.ts';
import { hashText } from './fingerprint.ts';
import { numberOf } from './json.ts';
import { jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import { seededRandom } from './seeded-random.ts';

const usualDimensions: Readonly<Record<string, number>> = { 'text-embedding-3-large': 3072 };

/** Direction of a text: drawn from the text itself, and of length one. */
function vectorOf(text: string, dimensions: number): Float32Array {
  const random = seededRandom(hashText(text));
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const inputsOf = (input: unknown): string[] => {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0) return refuseMissing('input');
  // Tokens may be sent instead of text: one list of numbers is one input.
  if (input.every((element) => typeof element === 'number')) return [input.join(' ')];
  return input.map((element) => (typeof element === 'string' ? element : String(element)));
};

const embed: Handler = (state, request) => {
  const { json } = request;
  const { model, options } = requireModel(state, request);
  const inputs = inputsOf(json['input']);
  const tokens = inputs.reduce((sum, text) => sum + countTokens(text), 0);
  checkContext(options, Math.max(...inputs.map(countTokens)), 'prompt');
  takeLimits(state, request, model, tokens);
  const dimensions = numberOf(json['dimensions']) ?? usualDimensions[model] ?? 1536;
  const asBase64 = json['encoding_format'] === 'base64';
  const data = inputs.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    const embedding = asBase64 ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const usage = { inputTokens: tokens, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  return {
    ...jsonReply({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    usage,
  };
};

/** Embeddings. */
export const embeddingRoutes: Routes = { 'POST /embeddings': embed };
