import type { JsonObject, Operation } from '@holdfast/core';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { inputTokensOf, whyUnfit } from './whole-request.ts';

/** One parameter that a model takes otherwise than it was given, or not at all. Holds no content. */
export interface FitChange {
  readonly parameter: string;
  readonly action: 'translated' | 'clamped' | 'dropped';
  readonly from: string | number | boolean | null;
  readonly to?: string | number;
  readonly reason: string;
}

/** A request as a model takes it, or why it can take none. */
export type Fit =
  | { readonly json: JsonObject; readonly changes: readonly FitChange[]; readonly unfit?: never }
  | { readonly unfit: string };

/** For whom a request is to be fitted. */
export interface FitTarget {
  readonly operation: Operation;
  readonly model: string;
  /** What is known of it; of an unknown model nothing but the name is changed. */
  readonly capabilities: ModelCapabilities | undefined;
}

/** What only models take that can be told how to choose their words. */
const sampling = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
];

/**
 * The same request with parameters that `target` accepts: translated where it has another name for them, clamped
 * where it allows less, dropped where it has none. Parameters that nobody knows stay. `json` is not changed.
 */
export function fit(json: JsonObject, target: FitTarget): Fit {
  const { operation, model, capabilities } = target;
  const fitted: JsonObject = { ...json, model };
  if (capabilities === undefined || (operation !== 'chat' && operation !== 'responses'))
    return operation === 'embeddings' && json['model'] !== model && json['dimensions'] === undefined
      ? { unfit: 'vectors of another model cannot be compared with those of the one that was asked for' }
      : { json: fitted, changes: [] };
  const unfit = whyUnfit(json, capabilities);
  if (unfit !== undefined) return { unfit };
  const changes: FitChange[] = [];
  fitReasoning(fitted, capabilities, changes);
  fitSampling(fitted, capabilities, changes);
  fitFormat(fitted, target, changes);
  const tooLong = fitOutput(fitted, target, changes);
  return tooLong === undefined ? { json: fitted, changes } : { unfit: tooLong };
}

function fitSampling(json: JsonObject, { sampling: takes }: ModelCapabilities, changes: FitChange[]): void {
  if (takes !== false) return;
  for (const parameter of sampling) {
    const value = json[parameter];
    // The one value that every model takes.
    if (value === undefined || value === null || (value === 1 && parameter.startsWith('t'))) continue;
    delete json[parameter];
    changes.push({ parameter, action: 'dropped', from: safe(value), reason: 'the model chooses its words by itself' });
  }
}

/** In chat completions a parameter, in responses a field of one. */
function fitReasoning(json: JsonObject, { reasoningEfforts: efforts }: ModelCapabilities, changes: FitChange[]): void {
  if (efforts === undefined) return;
  const nested = json['reasoning'] as JsonObject | null | undefined;
  const asked = json['reasoning_effort'] ?? nested?.['effort'];
  const parameter = json['reasoning_effort'] === undefined ? 'reasoning' : 'reasoning_effort';
  if (efforts.length === 0) {
    delete json['reasoning_effort'];
    delete json['reasoning'];
    if (asked !== undefined || nested != null)
      changes.push({ parameter, action: 'dropped', from: safe(asked), reason: 'the model does not reason' });
    return;
  }
  if (typeof asked !== 'string' || efforts.includes(asked)) return;
  const to = nearest(asked, efforts);
  if (parameter === 'reasoning_effort') json['reasoning_effort'] = to;
  else json['reasoning'] = { ...nested, effort: to };
  changes.push({ parameter, action: 'translated', from: asked, to, reason: 'the nearest effort that the model has' });
}

const scale = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];

function nearest(asked: string, efforts: readonly string[]): string {
  const wanted = scale.indexOf(asked);
  const distance = (effort: string): number =>
    Math.abs(scale.indexOf(effort) - (wanted < 0 ? scale.indexOf('medium') : wanted));
  return efforts.toSorted((a, b) => distance(a) - distance(b))[0] as string;
}

/** A schema that a model does not keep to is still worth asking for JSON. */
function fitFormat(json: JsonObject, { operation, capabilities }: FitTarget, changes: FitChange[]): void {
  if (capabilities?.jsonSchema !== false) return;
  const text = json['text'] as JsonObject | undefined;
  const format = (operation === 'chat' ? json['response_format'] : text?.['format']) as JsonObject | undefined;
  if (format?.['type'] !== 'json_schema') return;
  if (operation === 'chat') json['response_format'] = { type: 'json_object' };
  else json['text'] = { ...text, format: { type: 'json_object' } };
  const parameter = operation === 'chat' ? 'response_format' : 'text.format';
  const reason = 'the model keeps to no schema, only to JSON';
  changes.push({ parameter, action: 'translated', from: 'json_schema', to: 'json_object', reason });
}

/** Names and clamps the limit of the answer. Returns why the request is too long for the model. */
function fitOutput(json: JsonObject, { operation, capabilities }: FitTarget, changes: FitChange[]): string | undefined {
  const names = operation === 'chat' ? ['max_completion_tokens', 'max_tokens'] : ['max_output_tokens'];
  const given = names.find((name) => typeof json[name] === 'number');
  const { contextTokens, maxOutputTokens = Number.POSITIVE_INFINITY, maxTokens } = capabilities ?? {};
  const room = (contextTokens ?? Number.POSITIVE_INFINITY) - inputTokensOf(json);
  if (room <= 0) return `its context of ${contextTokens} tokens is too small for about ${inputTokensOf(json)} of input`;
  if (given === undefined) return undefined;
  const asked = json[given] as number;
  const wrong = maxTokens === 'only' ? 'max_completion_tokens' : maxTokens === 'never' ? 'max_tokens' : undefined;
  const name = given === wrong ? (wrong === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens') : given;
  const limit = Math.min(asked, maxOutputTokens, room);
  for (const one of names) delete json[one];
  json[name] = limit;
  if (name !== given)
    changes.push({
      parameter: given,
      action: 'translated',
      from: asked,
      to: name,
      reason: 'the name that the model takes',
    });
  if (limit < asked)
    changes.push({
      parameter: name,
      action: 'clamped',
      from: asked,
      to: limit,
      reason: 'as much as the model can answer',
    });
  return undefined;
}

/** Numbers, flags and short names are told; anything else may be content. */
const safe = (value: unknown): FitChange['from'] => {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' && /^[\w-]{1,32}$/.test(value) ? value : null;
};
