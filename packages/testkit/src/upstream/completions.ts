import { checkContext, checkParameters, outputLimit, requireModel, takeLimits } from './admission.ts';
import { answerQuestion } from './answer.ts';
import type { Answer } from './answer.ts';
import { chatUsage } from './completion-shape.ts';
import type { CompletionHead } from './completion-shape.ts';
import { refuseMissing } from './errors.ts';
import { fingerprint } from './fingerprint.ts';
import type { JsonObject } from './json.ts';
import { eventReply, jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import { dataFrame, doneFrame } from './sse.ts';
import { wantsUsage } from './stream-options.ts';

const completionObject = (head: CompletionHead, text: string, finishReason: string | null): JsonObject => ({
  id: head.id,
  object: 'text_completion',
  created: head.created,
  model: head.model,
  system_fingerprint: head.systemFingerprint,
  choices: [{ text, index: 0, logprobs: null, finish_reason: finishReason }],
});

function* frames(head: CompletionHead, answer: Answer, withUsage: boolean): Generator<string> {
  // With `include_usage`, upstream states a null usage in every chunk but the last.
  const noUsage = withUsage ? { usage: null } : {};
  for (const piece of answer.pieces) yield dataFrame({ ...completionObject(head, piece, null), ...noUsage });
  yield dataFrame({ ...completionObject(head, '', answer.finishReason), ...noUsage });
  if (withUsage) yield dataFrame({ ...completionObject(head, '', null), choices: [], usage: chatUsage(answer.usage) });
  yield doneFrame;
}

const complete: Handler = (state, request) => {
  const { json } = request;
  const { model, options } = requireModel(state, request);
  if (json['prompt'] === undefined) refuseMissing('prompt');
  checkParameters(options, request);
  const tellsUsage = wantsUsage(request);
  const prompt = Array.isArray(json['prompt']) ? json['prompt'].join(' ') : String(json['prompt']);
  const maxTokens = outputLimit(options, request, ['max_tokens']);
  const question = { input: prompt, lastUserText: prompt, userSpokeLast: true, tools: [] };
  const answer = answerQuestion(
    state,
    request,
    options,
    maxTokens === undefined ? question : { ...question, maxTokens },
  );
  const { usage } = answer;
  checkContext(options, usage.inputTokens, 'prompt');
  takeLimits(state, request, model, usage.inputTokens + (maxTokens ?? 0));
  const head: CompletionHead = {
    id: state.nextId('cmpl-'),
    created: Math.floor(state.clock.now() / 1000),
    model,
    systemFingerprint: fingerprint(model),
  };
  if (request.stream) return eventReply(frames(head, answer, tellsUsage), usage);
  const body = { ...completionObject(head, answer.text, answer.finishReason), usage: chatUsage(usage) };
  return { ...jsonReply(body), usage };
};

/** Completions of plain text, the operation before chat. */
export const completionRoutes: Routes = { 'POST /completions': complete };
