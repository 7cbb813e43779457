import { refuseMissing } from './errors.ts';
import type { JsonObject } from './json.ts';
import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';
import type { UsageCell } from './usage-ledger.ts';

/** Widths of buckets in seconds, and how many of them make a page. */
const widths: Readonly<Record<string, { readonly seconds: number; readonly perPage: number }>> = {
  '1m': { seconds: 60, perPage: 60 },
  '1h': { seconds: 3600, perPage: 24 },
  '1d': { seconds: 86_400, perPage: 7 },
};

/** Members by which a result may be grouped, and where they come from. */
const groupMembers: Readonly<Record<string, (cell: UsageCell) => string>> = {
  project_id: (cell) => cell.project,
  api_key_id: (cell) => cell.apiKeyId,
  model: (cell) => cell.model,
};

/** All values of a list in a query, written with or without brackets. */
export const queryList = (query: URLSearchParams, name: string): string[] => [
  ...query.getAll(name),
  ...query.getAll(`${name}[]`),
];

/** What a report says about the cells of one group. */
export type Summarise = (cells: readonly UsageCell[]) => JsonObject;

function groupsOf(cells: readonly UsageCell[], groupBy: readonly string[], summarise: Summarise): JsonObject[] {
  const ungrouped = Object.fromEntries(Object.keys(groupMembers).map((name) => [name, null]));
  const groups = new Map<string, UsageCell[]>();
  for (const cell of cells) {
    const key = groupBy.map((name) => groupMembers[name]?.(cell) ?? '').join('\n');
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((group) => ({
    ...ungrouped,
    ...Object.fromEntries(groupBy.map((name) => [name, groupMembers[name]?.(group[0]!) ?? null])),
    ...summarise(group),
  }));
}

function filtered(state: UpstreamState, query: URLSearchParams, fromMs: number, untilMs: number): UsageCell[] {
  const allows = (name: string, value: string): boolean => {
    const wanted = queryList(query, name);
    return wanted.length === 0 || wanted.includes(value);
  };
  return state.ledger
    .between(fromMs, untilMs)
    .filter(
      (cell) =>
        allows('project_ids', cell.project) && allows('api_key_ids', cell.apiKeyId) && allows('models', cell.model),
    );
}

/** A page of a report in buckets of time. */
export function usageReport(state: UpstreamState, request: UpstreamRequest, summarise: Summarise): Reply {
  const { query } = request;
  const start = Number(query.get('start_time') ?? refuseMissing('start_time'));
  const { seconds, perPage } = widths[query.get('bucket_width') ?? '1d'] ?? widths['1d']!;
  const end = Number(query.get('end_time') ?? Math.floor(state.clock.now() / 1000) + 1);
  const limit = Number(query.get('limit') ?? perPage);
  const page = Number(query.get('page')?.slice('page_'.length) ?? 0);
  const groupBy = queryList(query, 'group_by');
  const firstBucket = start - (start % seconds) + page * limit * seconds;
  const data: JsonObject[] = [];
  let at = firstBucket;
  for (; at < end && data.length < limit; at += seconds) {
    const cells = filtered(state, query, at * 1000, (at + seconds) * 1000);
    data.push({
      object: 'bucket',
      start_time: at,
      end_time: at + seconds,
      results: groupsOf(cells, groupBy, summarise),
    });
  }
  const hasMore = at < end;
  return jsonReply({ object: 'page', data, has_more: hasMore, next_page: hasMore ? `page_${page + 1}` : null });
}
