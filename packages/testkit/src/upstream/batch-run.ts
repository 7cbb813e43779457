import { RefusedRequest, invalidUrl } from './errors.ts';
import { isObject, stringOf } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Reply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { FindRoute } from './router.ts';
import type { UpstreamState } from './state.ts';

/** What became of the lines of a batch. */
export interface BatchResult {
  /** JSON lines of those that were answered. */
  readonly output: string;
  /** JSON lines of those that were refused. */
  readonly errors: string;
  readonly completed: number;
  readonly failed: number;
}

const parseLine = (line: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
};

function lineRequest(state: UpstreamState, request: UpstreamRequest, line: JsonObject): UpstreamRequest {
  const json = isObject(line['body']) ? line['body'] : {};
  const pathname = stringOf(line['url']) ?? '';
  const path = pathname.replace(/^\/v1/, '');
  const model = stringOf(json['model']);
  const { form: _form, model: _model, ...rest } = request;
  const own = { id: state.nextId('batch_req_'), method: 'POST', pathname, path, json, stream: false };
  return { ...rest, ...own, ...(model === undefined ? {} : { model }) };
}

async function answerLine(state: UpstreamState, findRoute: FindRoute, request: UpstreamRequest): Promise<Reply> {
  const route = findRoute(request.method, request.path);
  if (route === undefined) return invalidUrl(request.method, request.pathname);
  try {
    return await route.handler(state, request, route.params);
  } catch (error) {
    if (error instanceof RefusedRequest) return error.reply;
    throw error;
  }
}

/** Carries out the lines of a batch one after the other, by the same handlers as any request. */
export async function runBatch(
  state: UpstreamState,
  findRoute: FindRoute,
  request: UpstreamRequest,
  lines: readonly string[],
): Promise<BatchResult> {
  const output: string[] = [];
  const errors: string[] = [];
  for (const text of lines) {
    const line = parseLine(text);
    const sub = lineRequest(state, request, line);
    const reply = await answerLine(state, findRoute, sub);
    const body: unknown = JSON.parse(String(reply.body));
    const response = { status_code: reply.status, request_id: sub.id, body };
    const written = JSON.stringify({ id: sub.id, custom_id: line['custom_id'] ?? null, response, error: null });
    (reply.status < 400 ? output : errors).push(`${written}\n`);
  }
  return { output: output.join(''), errors: errors.join(''), completed: output.length, failed: errors.length };
}
