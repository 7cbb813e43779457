import { checkContext, checkParameters, outputLimit, requireModel, takeLimits } from './admission.ts';
import { answerQuestion } from './answer.ts';
import type { Answer } from './answer.ts';
import { chatFrames } from './chat-frames.ts';
import { chatQuestion } from './chat-question.ts';
import { refuseMissing } from './errors.ts';
import { chatUsage, usageOfAll } from './completion-shape.ts';
import type { CompletionHead } from './completion-shape.ts';
import { fingerprint } from './fingerprint.ts';
import { numberOf } from './json.ts';
import type { JsonObject } from './json.ts';
import { eventReply, jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import { wantsUsage } from './stream-options.ts';
import type { NextId } from './ids.ts';

function messageOf(answer: Answer, nextId: NextId): JsonObject {
  const message: JsonObject = { role: 'assistant', content: answer.text, refusal: null, annotations: [] };
  const { toolCall } = answer;
  if (toolCall === undefined) return message;
  const call = { name: toolCall.name, arguments: toolCall.pieces.join('') };
  return { ...message, content: null, tool_calls: [{ id: nextId('call_'), type: 'function', function: call }] };
}

const completion: Handler = (state, request) => {
  const { json } = request;
  const { model, options } = requireModel(state, request);
  if (!Array.isArray(json['messages']) || json['messages'].length === 0) refuseMissing('messages');
  checkParameters(options, request);
  const tellsUsage = wantsUsage(request);
  const maxTokens = outputLimit(options, request, ['max_completion_tokens', 'max_tokens']);
  const question = chatQuestion(json, maxTokens);
  const answer = answerQuestion(state, request, options, question);
  checkContext(options, answer.usage.inputTokens, 'messages');
  takeLimits(state, request, model, answer.usage.inputTokens + (maxTokens ?? 0));
  const count = numberOf(json['n']) ?? 1;
  const usage = usageOfAll(answer.usage, count);
  const head: CompletionHead = {
    id: state.nextId('chatcmpl-'),
    created: Math.floor(state.clock.now() / 1000),
    model,
    systemFingerprint: fingerprint(model),
  };
  if (request.stream) {
    return eventReply(
      chatFrames(head, answer, { count, nextId: state.nextId, ...(tellsUsage ? { usage } : {}) }),
      usage,
    );
  }
  const choices = Array.from({ length: count }, (_, index) => ({
    index,
    message: messageOf(answer, state.nextId),
    logprobs: null,
    finish_reason: answer.finishReason,
  }));
  const body = jsonReply({
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model,
    choices,
    usage: chatUsage(usage),
    service_tier: 'default',
    system_fingerprint: head.systemFingerprint,
  });
  return { ...body, usage };
};

/** Chat completions. */
export const chatRoutes: Routes = { 'POST /chat/completions': completion };
