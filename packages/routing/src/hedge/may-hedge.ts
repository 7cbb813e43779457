import type { Call } from '@holdfast/core';
import { isStored } from '../stay.ts';
import type { ResolvedHedgeOptions } from './options.ts';

/** Whether a call may be sent twice: it creates nothing, can be sent again, and is no second request itself. */
export function mayHedge(call: Call, { operations, when }: ResolvedHedgeOptions): boolean {
  const { route, body, isHedge, forced, signal } = call;
  if (!operations.has(route.operation) || isHedge || forced || !body.replayable || signal?.aborted === true)
    return false;
  // A voice that is made is kept.
  if (isStored(call) || route.path.startsWith('/audio/voice')) return false;
  if (route.operation === 'responses' && !isStateless(call)) return false;
  return when === undefined || isWanted(call, when);
}

/** A response that neither goes on with anything nor lets the API do more than answer. */
function isStateless({ body }: Call): boolean {
  const said = body.fields(['background', 'conversation', 'previous_response_id', 'prompt', 'tools']);
  const { tools, background, ...references } = said;
  const goesOn = Object.values(references).some((value) => value !== null && value !== '');
  return background !== true && !goesOn && (!Array.isArray(tools) || tools.every(isOfCaller));
}

/** What the API runs itself, such as an MCP server or code in a container, would be run twice. */
const isOfCaller = (tool: unknown): boolean => {
  const { type } = (tool ?? {}) as { readonly type?: unknown };
  return type === 'function' || type === 'custom';
};

function isWanted(call: Call, when: (call: Call) => boolean): boolean {
  try {
    return when(call);
  } catch (error) {
    call.context.warn(`holdfast ${call.service}: hedge.when threw`, error);
    return false;
  }
}
