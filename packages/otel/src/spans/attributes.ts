/** One attribute: its name, the spans that carry it, when it is there, and where its value comes from. */
export interface AttributeRow {
  readonly name: string;
  readonly span: 'call' | 'attempt' | 'both';
  readonly when: string;
  readonly source: string;
}

/**
 * Every attribute that spans can carry, under the name that the code knows it by. The table in the
 * README is made from this one, and no other attribute is ever set.
 */
export const attributes = {
  operationName: {
    name: 'gen_ai.operation.name',
    span: 'call',
    when: 'at the start',
    source: '`chat` (chat completions and responses), `embeddings`, `text_completion`, else the operation',
  },
  providerName: {
    name: 'gen_ai.provider.name',
    span: 'call',
    when: 'at the start',
    source: 'host of the URL; `openai` where no other provider is known by it',
  },
  requestModel: {
    name: 'gen_ai.request.model',
    span: 'call',
    when: 'at the start, if a model is named',
    source: 'the model that was asked for, whichever answers',
  },
  serverAddress: { name: 'server.address', span: 'both', when: 'at the start', source: 'host of the URL' },
  serverPort: { name: 'server.port', span: 'both', when: 'at the start', source: 'port of the URL' },
  apiType: {
    name: 'openai.api.type',
    span: 'call',
    when: 'chat completions and responses',
    source: '`chat_completions` or `responses`',
  },
  requestStream: { name: 'gen_ai.request.stream', span: 'call', when: 'only if true', source: '`stream`' },
  temperature: { name: 'gen_ai.request.temperature', span: 'call', when: 'if set', source: '`temperature`' },
  topP: { name: 'gen_ai.request.top_p', span: 'call', when: 'if set', source: '`top_p`' },
  maxTokens: {
    name: 'gen_ai.request.max_tokens',
    span: 'call',
    when: 'if set',
    source: '`max_completion_tokens`, `max_output_tokens` or `max_tokens`',
  },
  frequencyPenalty: {
    name: 'gen_ai.request.frequency_penalty',
    span: 'call',
    when: 'if set',
    source: '`frequency_penalty`',
  },
  presencePenalty: {
    name: 'gen_ai.request.presence_penalty',
    span: 'call',
    when: 'if set',
    source: '`presence_penalty`',
  },
  stopSequences: { name: 'gen_ai.request.stop_sequences', span: 'call', when: 'if set', source: '`stop`' },
  choiceCount: { name: 'gen_ai.request.choice.count', span: 'call', when: 'if set and not 1', source: '`n`' },
  seed: { name: 'gen_ai.request.seed', span: 'call', when: 'if set', source: '`seed`' },
  outputType: {
    name: 'gen_ai.output.type',
    span: 'call',
    when: 'if a format is set',
    source: '`response_format.type` or `text.format.type`, as `text` or `json`',
  },
  requestServiceTier: {
    name: 'openai.request.service_tier',
    span: 'call',
    when: 'if set and not `auto`',
    source: '`service_tier`',
  },
  dimensionCount: {
    name: 'gen_ai.embeddings.dimension.count',
    span: 'call',
    when: 'embeddings, if set',
    source: '`dimensions`',
  },
  encodingFormats: {
    name: 'gen_ai.request.encoding_formats',
    span: 'call',
    when: 'embeddings, if set and not `base64`, which the client sets by itself',
    source: '`encoding_format`',
  },
  responseId: {
    name: 'gen_ai.response.id',
    span: 'call',
    when: 'if the answer has one',
    source: '`id` of the answer',
  },
  responseModel: {
    name: 'gen_ai.response.model',
    span: 'call',
    when: 'if the answer names one',
    source: '`model` of the answer: the one that answered',
  },
  finishReasons: {
    name: 'gen_ai.response.finish_reasons',
    span: 'call',
    when: 'if the answer has any',
    source: '`finish_reason` of each choice; `status` of a response',
  },
  responseServiceTier: {
    name: 'openai.response.service_tier',
    span: 'call',
    when: 'if the answer names one',
    source: '`service_tier` of the answer: the one that served it',
  },
  systemFingerprint: {
    name: 'openai.response.system_fingerprint',
    span: 'call',
    when: 'if the answer has one',
    source: '`system_fingerprint`',
  },
  timeToFirstChunk: {
    name: 'gen_ai.response.time_to_first_chunk',
    span: 'call',
    when: 'streams, once an event came',
    source: 'seconds from the start of the call, retries and waits included',
  },
  inputTokens: {
    name: 'gen_ai.usage.input_tokens',
    span: 'call',
    when: 'if the answer tells',
    source: '`usage`',
  },
  outputTokens: {
    name: 'gen_ai.usage.output_tokens',
    span: 'call',
    when: 'if the answer tells; not for embeddings',
    source: '`usage`',
  },
  cacheReadTokens: {
    name: 'gen_ai.usage.cache_read.input_tokens',
    span: 'call',
    when: 'if above 0',
    source: '`usage`',
  },
  reasoningTokens: {
    name: 'gen_ai.usage.reasoning.output_tokens',
    span: 'call',
    when: 'if above 0',
    source: '`usage`',
  },
  errorType: {
    name: 'error.type',
    span: 'both',
    when: 'on failure; not when the caller cancelled',
    source: 'HTTP status as text, otherwise the kind of the fault',
  },
  inputMessages: {
    name: 'gen_ai.input.messages',
    span: 'call',
    when: 'with `captureContent`, if there are any',
    source: 'what was asked, as JSON',
  },
  outputMessages: {
    name: 'gen_ai.output.messages',
    span: 'call',
    when: 'with `captureContent`, if there are any',
    source: 'what was answered, as JSON',
  },
  systemInstructions: {
    name: 'gen_ai.system_instructions',
    span: 'call',
    when: 'with `captureContent`, responses that have `instructions`',
    source: '`instructions`, as JSON',
  },
  toolDefinitions: {
    name: 'gen_ai.tool.definitions',
    span: 'call',
    when: 'with `captureContent`, if there are any',
    source: '`tools`, as JSON',
  },
  service: { name: 'holdfast.service', span: 'call', when: 'always', source: 'name of the pipeline' },
  callId: {
    name: 'holdfast.call.id',
    span: 'call',
    when: 'always',
    source: 'id of the call, as in its journey',
  },
  attempts: {
    name: 'holdfast.attempts',
    span: 'call',
    when: 'at the end',
    source: 'requests sent; 0 if the call was refused before the first',
  },
  ending: {
    name: 'holdfast.ending',
    span: 'call',
    when: 'at the end',
    source: '`complete`, `failed`, `cancelled`, or `abandoned` when nobody ever read the answer',
  },
  requestMethod: {
    name: 'http.request.method',
    span: 'attempt',
    when: 'at the start',
    source: 'method of the request',
  },
  urlFull: {
    name: 'url.full',
    span: 'attempt',
    when: 'at the start',
    source: 'URL of the request without user, password, query and fragment',
  },
  resendCount: {
    name: 'http.request.resend_count',
    span: 'attempt',
    when: 'from the second attempt on',
    source: 'attempts of the call before this one, across retries and fallbacks',
  },
  attemptKind: {
    name: 'holdfast.attempt.kind',
    span: 'attempt',
    when: 'always',
    source: '`initial`, `retry`, `fallback`, `hedge` or `auth_refresh`',
  },
  attemptModel: {
    name: 'holdfast.attempt.model',
    span: 'attempt',
    when: 'if a model is named',
    source: 'the model that this request asks for',
  },
  credentialId: {
    name: 'holdfast.credential.id',
    span: 'attempt',
    when: 'if the pipeline set the credential',
    source: 'id of the credential, never a part of it',
  },
  statusCode: {
    name: 'http.response.status_code',
    span: 'attempt',
    when: 'if headers came',
    source: 'status of the answer',
  },
  requestId: {
    name: 'http.response.header.x-request-id',
    span: 'attempt',
    when: 'if the answer has one',
    source: 'the id to quote to the upstream, as a list of one',
  },
} as const;

/** What the code calls an attribute. */
type AttributeKey = keyof typeof attributes;

/** The name of each attribute, by what the code calls it. */
export const key: { readonly [K in AttributeKey]: (typeof attributes)[K]['name'] } = Object.freeze(
  Object.fromEntries(Object.entries(attributes).map(([called, { name }]) => [called, name])) as never,
);
