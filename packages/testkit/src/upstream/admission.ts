import { RefusedRequest, refuse, refuseMissing } from './errors.ts';
import { numberOf } from './json.ts';
import type { ModelOptions } from './options.ts';
import { projectOf } from './store.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';

/** How many tokens a text is taken for. */
export const countTokens = (text: string): number => Math.ceil(text.length / 4);

const noOptions: ModelOptions = {};

/** The model a request names; refuses it if it names none, or one that does not exist. */
export function requireModel(state: UpstreamState, request: UpstreamRequest): { model: string; options: ModelOptions } {
  const { model } = request;
  if (model === undefined) return refuseMissing('model');
  if (state.models === undefined) return { model, options: noOptions };
  const options = state.models.get(model);
  if (options !== undefined) return { model, options };
  return refuse(404, {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    code: 'model_not_found',
  });
}

/** What reasoning models say about a parameter that others know. */
function refuseParameter(name: string, value: unknown): never {
  if (name === 'temperature')
    return refuse(400, {
      message: `Unsupported value: 'temperature' does not support ${String(value)} with this model. Only the default (1) value is supported.`,
      param: name,
      code: 'unsupported_value',
    });
  const hint = name === 'max_tokens' ? " Use 'max_completion_tokens' instead." : '';
  return refuse(400, {
    message: `Unsupported parameter: '${name}' is not supported with this model.${hint}`,
    param: name,
    code: 'unsupported_parameter',
  });
}

/** Refuses parameters that the model does not know. */
export function checkParameters(options: ModelOptions, request: UpstreamRequest): void {
  for (const name of options.rejects ?? []) {
    const value = request.json[name];
    if (value === undefined || value === null || (name === 'temperature' && value === 1)) continue;
    refuseParameter(name, value);
  }
}

/** How long an answer may be; refuses a length that the model cannot write. */
export function outputLimit(
  options: ModelOptions,
  request: UpstreamRequest,
  names: readonly string[],
): number | undefined {
  for (const name of names) {
    const asked = numberOf(request.json[name]);
    if (asked === undefined) continue;
    const most = options.maxOutputTokens ?? Number.POSITIVE_INFINITY;
    if (asked <= most) return asked;
    refuse(400, {
      message: `${name} is too large: ${asked}. This model supports at most ${most} completion tokens, whereas you provided ${asked}.`,
      param: name,
      code: 'invalid_value',
    });
  }
  return undefined;
}

/** Refuses an input that does not fit into the context window. */
export function checkContext(options: ModelOptions, tokens: number, param: 'messages' | 'input' | 'prompt'): void {
  const { contextTokens } = options;
  if (contextTokens === undefined || tokens <= contextTokens) return;
  const message =
    param === 'input'
      ? 'Your input exceeds the context window of this model. Please adjust your input and try again.'
      : `This model's maximum context length is ${contextTokens} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`;
  refuse(400, { message, param, code: 'context_length_exceeded' });
}

/** Takes a request's share of the limits, or refuses it with 429; either way the headers will tell. */
export function takeLimits(state: UpstreamState, request: UpstreamRequest, model: string, tokens: number): void {
  const { headers, refusal } = state.limits.take(projectOf(request), model, tokens);
  request.limitHeaders = headers;
  if (refusal !== undefined) throw new RefusedRequest(refusal);
}
