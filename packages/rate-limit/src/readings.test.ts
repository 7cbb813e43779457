import type { Context } from '@holdfast/core';
import { cannedFetch } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { good, setUp, told } from '../test/service.ts';
import { rateLimit } from './index.ts';

const anywhere = {} as Context;
const about = { origin: 'https://api.openai.com', model: 'gpt-5' };

describe('the readings of the layer', () => {
  it('are none before its first call', () => {
    expect([...(rateLimit().readings?.(anywhere) ?? [])]).toEqual([]);
  });

  it('are what is left of each limit that is known, and how many wait', async () => {
    const { layer, call, clock, learn } = setUp(cannedFetch(good(told('requests', 60, 0)), good()), { spreadMs: 0 });
    await learn();
    const pending = call();
    await clock.advance(500);
    expect([...(layer.readings?.(anywhere) ?? [])]).toEqual([
      { name: 'rate_limit.queue.size', value: 1, attributes: about },
      { name: 'rate_limit.remaining', value: 0.5, attributes: { ...about, limit: 'requests' } },
      { name: 'rate_limit.limit', value: 60, attributes: { ...about, limit: 'requests' } },
    ]);
    await clock.runUntil(pending);
  });

  it('say nothing of whose account it is', async () => {
    const { layer, call } = setUp(cannedFetch(good()), { domain: () => 'tenant-acme' });
    await call();
    expect([...(layer.readings?.(anywhere) ?? [])]).toEqual([
      { name: 'rate_limit.queue.size', value: 0, attributes: about },
    ]);
  });
});
