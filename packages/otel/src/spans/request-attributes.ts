import type { Call, JsonObject } from '@holdfast/core';
import type { Attributes } from '@opentelemetry/api';
import { key } from './attributes.ts';
import { operationNameOf } from '../operation.ts';
import { providerOf } from '../provider.ts';

/** A request body longer than this is not looked through for the sake of a span. */
const maxBytes = 64 * 1024;

/** Parameters that spans tell of. Messages, input and tools are passed over unparsed. */
const parameters = [
  'temperature',
  'top_p',
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'n',
  'stop',
  'service_tier',
  'response_format',
  'text',
  'dimensions',
  'encoding_format',
];

/** Whether any of them may be there at all, in plain letters or in escaped ones. Most requests have none. */
const mayHaveParameters = new RegExp(`"(?:${parameters.join('|')})"|\\\\u00`);

function parametersOf({ body }: Call): JsonObject | undefined {
  const { raw } = body;
  if (typeof raw !== 'string' || raw.length > maxBytes || !mayHaveParameters.test(raw)) return undefined;
  return body.fields(parameters);
}

/** What a sampler gets to see: known without parsing anything. */
export function creationAttributes(call: Call): Attributes {
  const { route, root } = call;
  const attributes: Attributes = {
    [key.operationName]: operationNameOf(route.operation),
    [key.providerName]: providerOf(route),
    [key.serverAddress]: route.host,
    [key.serverPort]: route.port,
  };
  if (root.requestedModel !== undefined) attributes[key.requestModel] = root.requestedModel;
  return attributes;
}

/** What else the request says of itself. Numbers, names and flags; never messages, instructions or tools. */
export function requestAttributes(call: Call): Attributes {
  const attributes: Attributes = { [key.service]: call.service, [key.callId]: call.id };
  const { operation } = call.route;
  if (operation === 'chat') attributes[key.apiType] = 'chat_completions';
  else if (operation === 'responses') attributes[key.apiType] = 'responses';
  if (call.body.stream) attributes[key.requestStream] = true;
  const json = operation === 'other' || operation === 'admin' ? undefined : parametersOf(call);
  if (json !== undefined) addParameters(attributes, json);
  if (json !== undefined && operation === 'embeddings') addEmbedding(attributes, json);
  return attributes;
}

function addParameters(attributes: Attributes, json: JsonObject): void {
  const number = (name: string, value: unknown): void => {
    if (typeof value === 'number') attributes[name] = value;
  };
  number(key.temperature, json['temperature']);
  number(key.topP, json['top_p']);
  number(key.maxTokens, json['max_completion_tokens'] ?? json['max_output_tokens'] ?? json['max_tokens']);
  number(key.frequencyPenalty, json['frequency_penalty']);
  number(key.presencePenalty, json['presence_penalty']);
  number(key.seed, json['seed']);
  if (json['n'] !== 1) number(key.choiceCount, json['n']);
  const stop = typeof json['stop'] === 'string' ? [json['stop']] : json['stop'];
  if (isTexts(stop)) attributes[key.stopSequences] = stop;
  const tier = json['service_tier'];
  if (typeof tier === 'string' && tier !== 'auto') attributes[key.requestServiceTier] = tier;
  const output = outputTypeOf(json);
  if (output !== undefined) attributes[key.outputType] = output;
}

function addEmbedding(attributes: Attributes, json: JsonObject): void {
  const { dimensions, encoding_format: format } = json;
  if (typeof dimensions === 'number') attributes[key.dimensionCount] = dimensions;
  // The client asks for base64 by itself when its user asked for nothing.
  if (typeof format === 'string' && format !== 'base64') attributes[key.encodingFormats] = [format];
}

/** Only the kind of format: a JSON schema is content. */
function outputTypeOf(json: JsonObject): 'text' | 'json' | undefined {
  const type = typeOf(json['response_format']) ?? typeOf(fieldOf(json['text'], 'format'));
  if (type === 'text') return 'text';
  return type === 'json_object' || type === 'json_schema' ? 'json' : undefined;
}

const typeOf = (value: unknown): unknown => fieldOf(value, 'type');

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as JsonObject)[name] : undefined;

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
