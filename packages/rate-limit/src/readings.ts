import type { Reading } from '@holdfast/core';
import type { Bucket } from './bucket.ts';
import type { Gate } from './gate.ts';

/**
 * How limits stand: `rate_limit.remaining` and `rate_limit.limit` of each that is known, and `rate_limit.queue.size`.
 * By endpoint and family of models; whose account it is stays behind.
 */
export function* readingsOf(gates: Iterable<Gate>): Generator<Reading> {
  for (const { domain, allowance, clock, waiting } of gates) {
    const origin = domain.name.split(' ', 1)[0] as string;
    const about = { origin, model: domain.family };
    const nowMs = clock.monotonic();
    yield { name: 'rate_limit.queue.size', value: waiting, attributes: about };
    yield* readingsOfLimit(allowance.requests, nowMs, { ...about, limit: 'requests' });
    yield* readingsOfLimit(allowance.tokens, nowMs, { ...about, limit: 'tokens' });
    yield* readingsOfLimit(allowance.projectTokens, nowMs, { ...about, limit: 'project_tokens' });
  }
}

function* readingsOfLimit(bucket: Bucket, nowMs: number, attributes: Reading['attributes']): Generator<Reading> {
  const { limit } = bucket;
  if (limit === undefined) return;
  yield { name: 'rate_limit.remaining', value: bucket.level(nowMs), attributes };
  yield { name: 'rate_limit.limit', value: limit, attributes };
}
