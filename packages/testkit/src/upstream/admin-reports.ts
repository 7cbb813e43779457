import { refuse, refuseMissing } from './errors.ts';
import { numberOf, stringOf } from './json.ts';
import { usualModels } from './models.ts';
import { jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { StoredObject } from './store.ts';
import type { UsageCell } from './usage-ledger.ts';
import { queryList, usageReport } from './usage-report.ts';

/** What a million tokens cost with the fake, whichever the model. */
const usdPerMillion = { input: 1.25, cached: 0.125, output: 10 };

const total = (
  cells: readonly UsageCell[],
  member: 'requests' | 'inputTokens' | 'cachedTokens' | 'outputTokens',
): number => cells.reduce((sum, cell) => sum + cell[member], 0);

const usage: Handler = (state, request) =>
  usageReport(state, request, (cells) => ({
    object: 'organization.usage.completions.result',
    input_tokens: total(cells, 'inputTokens'),
    input_cached_tokens: total(cells, 'cachedTokens'),
    output_tokens: total(cells, 'outputTokens'),
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    num_model_requests: total(cells, 'requests'),
    user_id: null,
    batch: null,
    service_tier: null,
  }));

const costs: Handler = (state, request) => {
  const width = request.query.get('bucket_width') ?? '1d';
  if (width !== '1d')
    refuse(400, { message: `Invalid value: '${width}'. Supported values are: '1d'.`, param: 'bucket_width' });
  return usageReport(state, request, (cells) => {
    const cached = total(cells, 'cachedTokens');
    const fresh = total(cells, 'inputTokens') - cached;
    const { input, cached: cachedUsd, output } = usdPerMillion;
    const value = (fresh * input + cached * cachedUsd + total(cells, 'outputTokens') * output) / 1_000_000;
    return { object: 'organization.costs.result', amount: { value, currency: 'usd' }, line_item: null };
  });
};

const inWindow = (query: URLSearchParams, time: number): boolean => {
  const bound = (name: string): number | undefined => {
    const value = query.get(`effective_at[${name}]`);
    return value === null ? undefined : Number(value);
  };
  return (
    time >= (bound('gte') ?? Number.NEGATIVE_INFINITY) &&
    time > (bound('gt') ?? Number.NEGATIVE_INFINITY) &&
    time <= (bound('lte') ?? Number.POSITIVE_INFINITY) &&
    time < (bound('lt') ?? Number.POSITIVE_INFINITY)
  );
};

const auditLogs: Handler = (state, request) => {
  const types = queryList(request.query, 'event_types');
  const events = state.admin.audit.filter(
    (event) =>
      (types.length === 0 || types.includes(String(event['type']))) &&
      inWindow(request.query, Number(event['effective_at'])),
  );
  return listPage(events, request.query);
};

const listProjects: Handler = (state, request) => listPage([...state.admin.projects.values()], request.query, false);

const createProject: Handler = (state, request) => {
  const project = state.admin.addProject(
    state.nextId('proj_'),
    stringOf(request.json['name']) ?? refuseMissing('name'),
  );
  state.admin.note('project.created', { id: project.id }, request.caller?.id);
  return jsonReply(project);
};

const retrieveProject: Handler = (state, _request, [id = '']) =>
  jsonReply(state.admin.projects.get(id) ?? refuse(404, { message: `Project ${id} not found.`, code: 'not_found' }));

const limitObject = (state: UpstreamState, model: string): StoredObject => {
  const { requestsPerMinute, tokensPerMinute } = state.limits.of(model);
  return {
    id: `rl-${model}`,
    object: 'project.rate_limit',
    model,
    max_requests_per_1_minute: requestsPerMinute,
    max_tokens_per_1_minute: tokensPerMinute,
  };
};

const listLimits: Handler = (state, request) => {
  const models = [...(state.models?.keys() ?? usualModels)];
  return listPage(
    models.map((model) => limitObject(state, model)),
    request.query,
    false,
  );
};

const updateLimit: Handler = (state, request, [, id = '']) => {
  const model = id.replace(/^rl-/, '');
  const current = state.limits.of(model);
  state.limits.set(model, {
    requestsPerMinute: numberOf(request.json['max_requests_per_1_minute']) ?? current.requestsPerMinute,
    tokensPerMinute: numberOf(request.json['max_tokens_per_1_minute']) ?? current.tokensPerMinute,
  });
  state.admin.note('rate_limit.updated', { id }, request.caller?.id);
  return jsonReply(limitObject(state, model));
};

/** Projects, limits (of all projects alike), usage, costs and the audit log. */
export const adminReportRoutes: Routes = {
  'GET /organization/usage/completions': usage,
  'GET /organization/costs': costs,
  'GET /organization/audit_logs': auditLogs,
  'GET /organization/projects': listProjects,
  'POST /organization/projects': createProject,
  'GET /organization/projects/*': retrieveProject,
  'GET /organization/projects/*/rate_limits': listLimits,
  'POST /organization/projects/*/rate_limits/*': updateLimit,
};
