/** One attribute of metrics: its name, and what its values can be. */
export interface MetricAttributeRow {
  readonly name: string;
  readonly values: string;
}

/** What the code calls an attribute of metrics. */
export type MetricAttribute =
  | 'operationName'
  | 'providerName'
  | 'requestModel'
  | 'responseModel'
  | 'apiType'
  | 'tokenType'
  | 'tokenModality'
  | 'serverAddress'
  | 'serverPort'
  | 'errorType'
  | 'service'
  | 'attemptKind'
  | 'result'
  | 'disposition'
  | 'reason'
  | 'refusalCode'
  | 'fallbackTo'
  | 'circuitKind'
  | 'circuitState'
  | 'circuitFrom'
  | 'limitKind'
  | 'budgetName'
  | 'credentialId'
  | 'refreshTrigger'
  | 'auditClass';

/**
 * Every attribute that metrics can have, under the name that the code knows it by. Each value is one of a few, a name
 * that somebody configured, or a model that has passed the normaliser.
 */
export const metricAttributes: Readonly<Record<MetricAttribute, MetricAttributeRow>> = {
  operationName: {
    name: 'gen_ai.operation.name',
    values: '`chat` (chat completions and responses), `embeddings`, `text_completion`, else the operation',
  },
  providerName: { name: 'gen_ai.provider.name', values: 'as on spans' },
  requestModel: { name: 'gen_ai.request.model', values: 'a model: the one that was asked for' },
  responseModel: { name: 'gen_ai.response.model', values: 'a model: the one that answered' },
  apiType: { name: 'openai.api.type', values: '`chat_completions`, `responses`' },
  tokenType: { name: 'gen_ai.token.type', values: '`input`, `output`' },
  tokenModality: { name: 'gen_ai.token.modality', values: '`unknown`' },
  serverAddress: { name: 'server.address', values: 'the first 32 hosts with their ports, then `_OTHER`' },
  serverPort: { name: 'server.port', values: 'the port, where the host is told' },
  errorType: { name: 'error.type', values: 'as on spans: a status of three digits or the kind of a fault' },
  service: { name: 'holdfast.service', values: 'the name of the pipeline' },
  attemptKind: {
    name: 'holdfast.attempt.kind',
    values: '`initial`, `retry`, `fallback`, `hedge`, `auth_refresh`',
  },
  result: { name: 'holdfast.result', values: 'see the metric' },
  disposition: { name: 'holdfast.disposition', values: '`delivered` to the caller or `discarded`' },
  reason: {
    name: 'holdfast.reason',
    values: '`exhausted`, `budget`, `deadline`, `server_wait`, `unsafe`, `nested`, `other`',
  },
  refusalCode: { name: 'holdfast.refusal.code', values: 'the `code` of the refusal' },
  fallbackTo: { name: 'holdfast.fallback.to', values: 'the rung, as it is configured' },
  circuitKind: { name: 'holdfast.circuit.kind', values: '`target`, `endpoint`, `credential`' },
  circuitState: { name: 'holdfast.circuit.state', values: '`closed`, `open`, `half_open`, `isolated`' },
  circuitFrom: { name: 'holdfast.circuit.from', values: 'the state before' },
  limitKind: { name: 'holdfast.limit.kind', values: '`requests`, `tokens`, `project_tokens`' },
  budgetName: { name: 'holdfast.budget.name', values: 'the budget, as it is configured' },
  credentialId: { name: 'holdfast.credential.id', values: 'the id of a credential that belongs to no tenant' },
  refreshTrigger: { name: 'holdfast.auth.trigger', values: '`rejected`, `ending`, `changed`, `asked`' },
  auditClass: { name: 'holdfast.audit.class', values: '`call`, `security`' },
};

/** The name of each attribute, by what the code calls it. */
export const metricKey: Readonly<Record<MetricAttribute, string>> = Object.freeze(
  Object.fromEntries(Object.entries(metricAttributes).map(([called, { name }]) => [called, name])) as never,
);
