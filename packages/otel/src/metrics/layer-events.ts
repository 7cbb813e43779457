import type { LayerEvent } from '@holdfast/core';
import { metrics } from './catalogue.ts';
import { circuitNameOf } from './circuit-name.ts';
import type { Instruments } from './instruments.ts';
import type { About, ReadingAttributes } from './reading-attributes.ts';

/** Reports what layers tell that belongs to no call. Everything else is in journeys, and is not counted twice. */
export function reportEvent(event: LayerEvent, instruments: Instruments, attributes: ReadingAttributes): void {
  const { name, service } = event;
  const detail = event.detail as Readonly<Record<string, unknown>>;
  if (name === 'breaker.onStateChange')
    instruments.add('circuitTransitions', 1, attributes.of(service, metrics.circuitTransitions, change(detail)));
  else if (name === 'audit.onRecord')
    instruments.add('auditRecords', 1, attributes.of(service, metrics.auditRecords, detail as About));
  else if (name === 'auth.onRefresh') {
    const about = detail as About;
    const { durationMs } = detail;
    instruments.add('authRefreshes', 1, attributes.of(service, metrics.authRefreshes, about));
    if (typeof durationMs === 'number')
      instruments.record(
        'authRefreshDuration',
        durationMs / 1000,
        attributes.of(service, metrics.authRefreshDuration, about),
      );
  }
}

/** Only what the key of a circuit says in words that are bounded. */
function change({ key, from, to }: Readonly<Record<string, unknown>>): About {
  const circuit = typeof key === 'string' ? circuitNameOf(key) : undefined;
  return { ...circuit, from: from as string, state: to as string };
}
