import type { Fault, Journey, LayerEvent } from '@holdfast/core';
import type { SecurityRecord } from './line.ts';
import { plainFault, scrubbed } from './plain.ts';

/** Events of layers that are about security, and what else has to hold of them. */
const wanted: Readonly<Record<string, (detail: Readonly<Record<string, unknown>>) => boolean>> = {
  'auth.onAdminUse': () => true,
  'auth.onQuarantine': () => true,
  'auth.onEgressDenied': () => true,
  'auth.onStateChange': () => true,
  'auth.onRefresh': ({ result }) => result === 'failed',
};

/** Names of the events that get a line. */
export const securityEvents: readonly string[] = Object.freeze(Object.keys(wanted));

/** The record of an event; `undefined` for one that is not about security. */
export function securityRecord({ name, service, detail }: LayerEvent): SecurityRecord | undefined {
  const about = detail as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(wanted, name) || wanted[name]?.(about) !== true) return undefined;
  const { service: _same, ...more } = about;
  return { type: 'security', service, event: name, detail: plainDetail(more) };
}

/** What an event tells, without what may be an upstream's own words. */
function plainDetail({ fault, ...about }: Readonly<Record<string, unknown>>): SecurityRecord['detail'] {
  const words = Object.entries(about).map(([name, value]) => [
    name,
    typeof value === 'string' ? scrubbed(value) : value,
  ]);
  const detail = Object.fromEntries(words) as Record<string, unknown>;
  return typeof fault === 'object' && fault !== null ? { ...detail, fault: plainFault(fault as Fault) } : detail;
}

/** Refusals of the guard, which keeps credentials at their origins. */
export const guardedCodes: readonly string[] = Object.freeze(['origin_not_bound', 'redirect_refused']);

/** Records of what the guard refused in a call. */
export function guardRecords({ entries, service, callId }: Journey): readonly SecurityRecord[] {
  return entries
    .filter((entry) => entry.type === 'refusal' && guardedCodes.includes(entry.code))
    .map((entry) => {
      const { code, reason } = entry as Extract<typeof entry, { type: 'refusal' }>;
      return { type: 'security', service, event: `guard.${code}`, detail: { callId, reason: scrubbed(reason) } };
    });
}
