import { countTokens, requireModel, takeLimits } from './admission.ts';
import { refuseMissing } from './errors.ts';
import { numberOf, stringOf } from './json.ts';
import type { JsonObject } from './json.ts';
import { eventReply, jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import { typedFrame } from './sse.ts';

/** A transparent PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Tokens that an image costs. */
const imageTokens = 272;

const generate: Handler = (state, request) => {
  const { json } = request;
  const { model } = requireModel(state, request);
  const prompt = stringOf(json['prompt']) ?? refuseMissing('prompt');
  const count = numberOf(json['n']) ?? 1;
  const inputTokens = countTokens(prompt);
  takeLimits(state, request, model, inputTokens);
  const outputTokens = imageTokens * count;
  const usage = { inputTokens, cachedTokens: 0, outputTokens, reasoningTokens: 0 };
  const imageUsage = {
    input_tokens: inputTokens,
    input_tokens_details: { text_tokens: inputTokens, image_tokens: 0 },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  const created = Math.floor(state.clock.now() / 1000);
  const look = {
    background: 'opaque',
    output_format: 'png',
    quality: 'high',
    size: stringOf(json['size']) ?? '1024x1024',
  };
  if (request.stream) {
    const event = { b64_json: pixel, created_at: created, ...look };
    return eventReply(frames(event, numberOf(json['partial_images']) ?? 0, imageUsage), usage);
  }
  const data = Array.from({ length: count }, () => ({ b64_json: pixel }));
  return { ...jsonReply({ created, ...look, data, usage: imageUsage }), usage };
};

function* frames(event: JsonObject, partialImages: number, usage: JsonObject): Generator<string> {
  for (let index = 0; index < partialImages; index++)
    yield typedFrame({ type: 'image_generation.partial_image', ...event, ...{ partial_image_index: index } });
  yield typedFrame({ type: 'image_generation.completed', ...event, ...{ usage } });
}

/** Images. */
export const imageRoutes: Routes = { 'POST /images/generations': generate };
