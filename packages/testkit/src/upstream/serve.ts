import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusedAccess } from './access.ts';
import { deliver } from './deliver.ts';
import { FaultyDelivery } from './deliver-faulty.ts';
import { RefusedRequest, errorReply, invalidUrl, unparsableBody } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { stringOf } from './json.ts';
import type { LoggedRequest } from './log.ts';
import type { Reply } from './reply.ts';
import { parseContent, parseTarget, readBody, secretOf } from './request.ts';
import type { UpstreamRequest } from './request.ts';
import { findRoute } from './routes.ts';
import type { UpstreamState } from './state.ts';

const noQuery = new URLSearchParams();

async function readRequest(state: UpstreamState, message: IncomingMessage): Promise<UpstreamRequest> {
  const { headers, method = 'GET', url = '/' } = message;
  const target = parseTarget(url);
  const body = await readBody(message);
  const content = await parseContent(body, headers['content-type']);
  const { form, json } = content;
  const { pathname, path, search, azure } = target;
  const query = search === '' ? noQuery : new URLSearchParams(search);
  const model = stringOf(json['model']) ?? stringOf(form?.get('model')) ?? target.deployment;
  const secret = secretOf(headers);
  const stream = json['stream'] === true || form?.get('stream') === 'true' || query.get('stream') === 'true';
  return {
    id: state.nextId('req_'),
    method,
    pathname,
    path,
    search,
    query,
    headers,
    body,
    json,
    unparsable: content.unparsable,
    stream,
    azure,
    ...(form === undefined ? {} : { form }),
    ...(model === undefined ? {} : { model }),
    ...(secret === undefined ? {} : { secret, caller: state.keys.identify(secret) }),
  };
}

/** The only operation that asks for no key: it is where keys of another kind come from. */
const isOpen = (path: string): boolean => path === '/oauth/token';

async function produceReply(exchange: Exchange): Promise<Reply> {
  const { state, request, entry } = exchange;
  try {
    const refused = isOpen(request.path) ? undefined : refusedAccess(state, request);
    if (refused !== undefined) return refused;
    const route = findRoute(request.method, request.path);
    if (route === undefined) return invalidUrl(request.method, request.pathname);
    if (request.unparsable) return unparsableBody();
    const reply = await route.handler(state, request, route.params);
    if (reply.usage !== undefined) recordUsage(exchange, reply.usage);
    return reply;
  } catch (error) {
    if (error instanceof RefusedRequest) return error.reply;
    entry.fault ??= 'status';
    return errorReply(500, { message: `The fake upstream failed: ${String(error)}`, type: 'server_error' });
  }
}

function recordUsage({ state, request, entry }: Exchange, usage: NonNullable<Reply['usage']>): void {
  entry.usage = usage;
  const { caller, model } = request;
  if (caller !== undefined && model !== undefined) state.ledger.record(state.clock.now(), caller, model, usage);
}

function watchEnd(response: ServerResponse, entry: LoggedRequest): void {
  response.once('close', () => {
    if (!entry.done) entry.aborted = !response.writableFinished;
    entry.done = true;
  });
}

/** Answers one request: reads it, asks the script what shall happen to it, and lets that happen. */
export async function serve(state: UpstreamState, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = state.clock.monotonic();
  let request: UpstreamRequest;
  try {
    request = await readRequest(state, message);
  } catch {
    // The client went away while it was still talking: there is nobody to answer.
    return;
  }
  const entry = state.log.open(request, state.clock.now());
  const exchange: Exchange = { state, request, response, entry, startedMs };
  watchEnd(response, entry);
  const plan = state.script.plan(request);
  if (plan === undefined) return await deliver(exchange, await produceReply(exchange));
  const fault = plan.fault ?? plan.latency ?? plan.chunking ?? plan.answer;
  if (fault !== undefined) entry.fault = fault.kind;
  if (plan.answer !== undefined) request.answer = plan.answer;
  await new FaultyDelivery(exchange, plan).run(() => produceReply(exchange));
}
