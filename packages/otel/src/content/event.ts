import * as api from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import { scope } from '../scope.ts';
import { key } from '../spans/attributes.ts';
import type { Content } from './parts.ts';

/** The event that tells of one call what was said in it. */
export const detailsEvent = 'gen_ai.client.inference.operation.details';

/** The attributes that content is told as. */
const contentKeys = {
  input: key.inputMessages,
  output: key.outputMessages,
  instructions: key.systemInstructions,
  tools: key.toolDefinitions,
} as const satisfies Readonly<Record<keyof Content, string>>;

/** API 1.9 has no logs. */
export const hasLogs = (): boolean => 'logs' in api;

/** Attributes of a span take texts, numbers and lists of them, so there what was said is JSON. */
export function contentAttributes(content: Content): Attributes {
  return Object.fromEntries(
    Object.entries(content).map(([place, said]) => [contentKeys[place as keyof Content], JSON.stringify(said)]),
  );
}

/** Tells what was said as an event, as it is structured. */
export function tellDetails(content: Content, attributes: Attributes, within: Context): void {
  if (!hasLogs()) return;
  const said = Object.fromEntries(
    Object.entries(content).map(([place, value]) => [contentKeys[place as keyof Content], value]),
  );
  api.logs.getLogger(scope.name, scope.version).emit({
    eventName: detailsEvent,
    severityNumber: 9,
    context: within,
    attributes: { ...attributes, ...said },
  });
}
