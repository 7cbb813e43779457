import type { Context } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { keyUpstream, service } from '../test/key-upstream.ts';
import { auth, type CredentialSource } from './index.ts';

const hourMs = 3_600_000;
const lasting = (id: string, clock: ManualClock): CredentialSource => ({
  id,
  kind: 'token',
  read: () => ({ value: `value-of-${id}`, expiresAtMs: clock.now() + hourMs }),
});

describe('the readings of the layer', () => {
  it('are how long each credential has whose end is known, and of none that has not been asked for', async () => {
    const clock = new ManualClock();
    const context = { clock } as unknown as Context;
    const credentials = [lasting('one', clock), 'sk-0123456789-key'];
    const { call, layer } = service(keyUpstream().fetch, { credentials }, { clock });
    expect([...(layer.readings?.(context) ?? [])]).toEqual([]);
    await call();
    await clock.advance(1000);
    const found = [...(layer.readings?.(context) ?? [])];
    expect(found).toEqual([
      { name: 'auth.credential.time_to_expiry', value: hourMs - 1000, attributes: { credential: 'one' } },
    ]);
    await clock.advance(2 * hourMs);
    expect([...(layer.readings?.(context) ?? [])].map(({ value }) => value)).toEqual([-hourMs - 1000]);
  });

  it('are none for the credentials of tenants, whose ids name them', async () => {
    const clock = new ManualClock();
    const context = { clock } as unknown as Context;
    const tenants = { acme: lasting('one', clock) };
    const { call, layer } = service(keyUpstream().fetch, { tenants }, { clock });
    await call({ holdfast: { tenant: 'acme' } } as never);
    expect([...(layer.readings?.(context) ?? [])]).toEqual([]);
    expect(layer.status({ tenant: 'acme' })).toHaveLength(1);
  });

  it('are none where nothing is given', () => {
    expect([...(auth().readings?.({ clock: new ManualClock() } as unknown as Context) ?? [])]).toEqual([]);
  });
});
