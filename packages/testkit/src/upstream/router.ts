import type { Reply } from './reply.ts';
import { decodeSegment } from './request.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';

/** The parts of a path that a route left open, in order. */
export type PathParams = readonly string[];

/** Answers one operation. Refuses by throwing. */
export type Handler = (state: UpstreamState, request: UpstreamRequest, params: PathParams) => Reply | Promise<Reply>;

/** Handlers by `METHOD /path`, where `*` stands for any one segment. */
export type Routes = Readonly<Record<string, Handler>>;

/** A handler together with what its path left open. */
export interface Route {
  readonly handler: Handler;
  readonly params: PathParams;
}

interface OpenRoute {
  readonly segments: readonly string[];
  readonly handler: Handler;
}

const paramsOf = (pattern: readonly string[], segments: readonly string[]): string[] | undefined => {
  if (pattern.length !== segments.length) return undefined;
  const params: string[] = [];
  for (const [index, expected] of pattern.entries()) {
    if (expected === '*') params.push(decodeSegment(segments[index]!));
    else if (expected !== segments[index]) return undefined;
  }
  return params;
};

/** Finds the handler of a request; `undefined` if there is no such operation. */
export type FindRoute = (method: string, path: string) => Route | undefined;

/** Compiles a table of routes: literal paths are found at once, the others by comparison. */
export function createRouter(routes: Routes): FindRoute {
  const literal = new Map<string, Route>();
  const open: OpenRoute[] = [];
  for (const [pattern, handler] of Object.entries(routes)) {
    if (pattern.includes('*')) open.push({ segments: pattern.split(/[ /]/), handler });
    else literal.set(pattern, { handler, params: [] });
  }
  return (method, path) => {
    const wanted = `${method} ${path}`;
    const found = literal.get(wanted);
    if (found !== undefined) return found;
    const segments = wanted.split(/[ /]/);
    for (const { segments: pattern, handler } of open) {
      const params = paramsOf(pattern, segments);
      if (params !== undefined) return { handler, params };
    }
    return undefined;
  };
}
