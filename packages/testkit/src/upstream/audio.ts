import { countTokens, requireModel, takeLimits } from './admission.ts';
import { refuseMissing } from './errors.ts';
import { requirePart } from './files.ts';
import { hashText } from './fingerprint.ts';
import { stringOf } from './json.ts';
import { eventReply, jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import { seededRandom } from './seeded-random.ts';
import { typedFrame } from './sse.ts';

/** Bytes of one chunk of speech. */
const chunkBytes = 1024;

/** Chunks of speech, one per four words at least: noise that follows from the text. */
function* speech(text: string): Generator<Uint8Array> {
  const random = seededRandom(hashText(text));
  const chunks = 2 + Math.floor(text.split(/\s+/).length / 4);
  for (let index = 0; index < chunks; index++) yield Uint8Array.from({ length: chunkBytes }, () => random() * 256);
}

const speak: Handler = (state, request) => {
  const { model } = requireModel(state, request);
  const input = stringOf(request.json['input']) ?? refuseMissing('input');
  if (request.json['voice'] === undefined) refuseMissing('voice');
  const inputTokens = countTokens(input);
  takeLimits(state, request, model, inputTokens);
  const usage = { inputTokens, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  if (request.json['stream_format'] === 'sse') return eventReply(spokenEvents(input), usage);
  return { status: 200, contentType: 'audio/mpeg', frames: speech(input), usage };
};

function* spokenEvents(input: string): Generator<string> {
  for (const chunk of speech(input))
    yield typedFrame({ type: 'speech.audio.delta', ...{ audio: Buffer.from(chunk).toString('base64') } });
  const inputTokens = countTokens(input);
  const usage = { input_tokens: inputTokens, output_tokens: 0, total_tokens: inputTokens };
  yield typedFrame({ type: 'speech.audio.done', ...{ usage } });
}

const transcribe: Handler = async (state, request) => {
  const { model } = requireModel(state, request);
  const { filename, content } = await requirePart(request, 'file');
  const inputTokens = Math.ceil(content.length / chunkBytes);
  takeLimits(state, request, model, inputTokens);
  const words = request.answer?.text?.split(' ') ?? ['This', 'is', 'what', filename, 'says.'];
  const text = words.join(' ');
  const usage = { inputTokens, cachedTokens: 0, outputTokens: words.length, reasoningTokens: 0 };
  const tokens = {
    type: 'tokens',
    input_tokens: inputTokens,
    output_tokens: words.length,
    total_tokens: inputTokens + words.length,
  };
  if (request.stream) return eventReply(transcriptEvents(words, tokens), usage);
  if (request.form?.get('response_format') === 'text')
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: `${text}\n`, usage };
  return { ...jsonReply({ text, usage: tokens }), usage };
};

function* transcriptEvents(words: readonly string[], usage: object): Generator<string> {
  for (const [index, word] of words.entries())
    yield typedFrame({ type: 'transcript.text.delta', ...{ delta: (index === 0 ? '' : ' ') + word } });
  yield typedFrame({ type: 'transcript.text.done', ...{ text: words.join(' '), usage } });
}

/** Speech and transcriptions. */
export const audioRoutes: Routes = {
  'POST /audio/speech': speak,
  'POST /audio/transcriptions': transcribe,
  'POST /audio/translations': transcribe,
};
