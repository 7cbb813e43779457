import { faults, type FaultRule } from '@holdfast/testkit';
import { models } from './service.ts';

/** Keys of the service; the second is revoked in the middle of the day. */
export const keys = [
  { key: 'sk-observed-first', label: 'first' },
  { key: 'sk-observed-second', label: 'second' },
] as const;

/** So few requests that embeddings wait for room, and that some are refused. */
export const limits = { 'text-embedding-3-small': { requestsPerMinute: 60 } } as const;

/** A day of `durationMs` at the API: quiet, a revoked key, rate limits, broken streams, an outage, quiet again. */
export function badDay(durationMs: number): readonly FaultRule[] {
  const asked = { model: models.asked };
  const during = (from: number, until: number) => ({ fromMs: from * durationMs, untilMs: until * durationMs });
  return [
    { match: asked, probability: 0.1, fault: faults.latency({ headersMs: 180, betweenEventsMs: 6 }) },
    { match: asked, fault: faults.latency({ headersMs: 40, betweenEventsMs: 3 }) },
    { match: { model: models.below }, fault: faults.latency({ headersMs: 20, betweenEventsMs: 2 }) },
    { match: { key: 'second' }, ...during(0.15, 0.3), fault: faults.revokedKey() },
    { match: asked, ...during(0.3, 0.45), probability: 0.5, fault: faults.rateLimit({ retryAfterMs: 60 }) },
    {
      match: { ...asked, stream: true },
      ...during(0.45, 0.6),
      probability: 0.5,
      fault: faults.cutStream({ afterEvents: 5 }),
    },
    { match: asked, ...during(0.6, 0.8), fault: faults.overloaded() },
  ];
}
