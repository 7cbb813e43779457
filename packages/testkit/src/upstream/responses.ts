import { checkContext, checkParameters, countTokens, outputLimit, requireModel, takeLimits } from './admission.ts';
import { answerQuestion } from './answer.ts';
import { refuse, refuseMissing } from './errors.ts';
import { stringOf } from './json.ts';
import { eventReply, jsonReply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import { framesAfter, responseFrames } from './response-frames.ts';
import { finalStatus, responseObject } from './response-object.ts';
import type { ResponseRecord, ResponseStatus } from './response-object.ts';
import { inputItems, responseQuestion } from './response-question.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { Collection } from './store.ts';

const records = (state: UpstreamState): Collection<ResponseRecord> => state.objects.of('response');

/** What was said before, if the request follows on another. */
function earlierTranscript(state: UpstreamState, request: UpstreamRequest): string {
  const id = stringOf(request.json['previous_response_id']);
  if (id === undefined) return '';
  const known = records(state).find(request, id);
  if (known !== undefined) return known.transcript;
  return refuse(400, {
    message: `Previous response with id '${id}' not found.`,
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  });
}

function record(state: UpstreamState, request: UpstreamRequest): ResponseRecord {
  const { json } = request;
  const { model, options } = requireModel(state, request);
  if (json['input'] === undefined && json['prompt'] === undefined) refuseMissing('input');
  checkParameters(options, request);
  const maxTokens = outputLimit(options, request, ['max_output_tokens']);
  const id = state.nextId('resp_');
  const items = inputItems(json['input'], id);
  const question = responseQuestion(json, items, earlierTranscript(state, request), maxTokens);
  const answer = answerQuestion(state, request, options, question);
  checkContext(options, answer.usage.inputTokens, 'input');
  takeLimits(state, request, model, answer.usage.inputTokens + (maxTokens ?? 0));
  const made = {
    id,
    createdMs: state.clock.now(),
    json,
    model,
    answer,
    inputItems: items,
    transcript: `${question.input}\n${answer.text}`,
    background: json['background'] === true,
    cancelled: false,
  };
  return json['store'] === false ? made : records(state).put(request, id, made);
}

const statusOf = (state: UpstreamState, made: ResponseRecord): ResponseStatus => {
  if (made.cancelled) return 'cancelled';
  const isRunning = made.background && state.clock.now() - made.createdMs < state.backgroundMs;
  return isRunning ? 'in_progress' : finalStatus(made.answer);
};

const create: Handler = (state, request) => {
  const made = record(state, request);
  const { usage } = made.answer;
  if (request.stream) return eventReply(responseFrames(made), usage);
  const status = made.background ? 'queued' : finalStatus(made.answer);
  return { ...jsonReply(responseObject(made, status)), usage };
};

const retrieve: Handler = (state, request, [id = '']) => {
  const made = records(state).get(request, id);
  if (!request.stream) return jsonReply(responseObject(made, statusOf(state, made)));
  if (!made.background)
    refuse(400, {
      message: `Response ${id} was not created in the background and cannot be streamed again.`,
      param: 'stream',
    });
  const startingAfter = Number(request.query.get('starting_after') ?? -1);
  return eventReply(framesAfter(made, startingAfter));
};

const remove: Handler = (state, request, [id = '']) => {
  records(state).delete(request, id);
  return jsonReply({ id, object: 'response', deleted: true });
};

const cancel: Handler = (state, request, [id = '']) => {
  const made = records(state).get(request, id);
  if (!made.background) refuse(400, { message: `Cannot cancel a synchronous response.`, param: 'response_id' });
  if (statusOf(state, made) === 'in_progress') made.cancelled = true;
  return jsonReply(responseObject(made, statusOf(state, made)));
};

const listInput: Handler = (state, request, [id = '']) =>
  listPage(records(state).get(request, id).inputItems, request.query);

const countInput: Handler = (state, request) => {
  requireModel(state, request);
  const question = responseQuestion(request.json, inputItems(request.json['input'], 'resp_'), '', undefined);
  return jsonReply({ object: 'response.input_tokens', input_tokens: countTokens(question.input) });
};

/** Responses. */
export const responseRoutes: Routes = {
  'POST /responses': create,
  'POST /responses/input_tokens': countInput,
  'GET /responses/*': retrieve,
  'DELETE /responses/*': remove,
  'POST /responses/*/cancel': cancel,
  'GET /responses/*/input_items': listInput,
};
