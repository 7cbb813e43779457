import type { JsonObject } from '@holdfast/core';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { itemsOf } from './content.ts';
import type { Draft } from './draft.ts';

const parameters = ['tools', 'tool_choice', 'functions', 'function_call', 'max_tool_calls', 'parallel_tool_calls'];

/** A request that offers tools needs a model that calls them, unless it forbids it at once. */
export function fitTools(draft: Draft, { tools, parallelToolCalls }: ModelCapabilities): string | undefined {
  if (tools === false) {
    if (offersTools(draft)) return 'it calls no tools';
    if (itemsOf(draft.json).some(tellsOfTools)) return 'it knows nothing of the tools that were called before';
    for (const name of parameters) draft.drop(name, 'the model calls no tools');
  }
  if (parallelToolCalls === false) draft.drop('parallel_tool_calls', 'the model calls one tool at a time');
  return undefined;
}

/** Whether an answer may be a call to a tool. */
export function offersTools(draft: Draft): boolean {
  const isForbidden = (draft.get('tool_choice') ?? draft.get('function_call')) === 'none';
  return (
    !isForbidden && [draft.get('tools'), draft.get('functions')].some((list) => Array.isArray(list) && list.length > 0)
  );
}

const tellsOfTools = (item: JsonObject): boolean =>
  item['role'] === 'tool' ||
  item['role'] === 'function' ||
  (item['tool_calls'] ?? item['function_call'] ?? undefined) !== undefined ||
  /_call(?:_output)?$/.test(String(item['type']));
