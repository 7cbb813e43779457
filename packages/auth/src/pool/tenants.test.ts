import { hints, refusalOf, type Fetch } from '@holdfast/core';
import { jsonAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service, type Service } from '../../test/key-upstream.ts';
import type { CredentialInput } from '../index.ts';

const as = ({ call }: Service, tenant: string, init: RequestInit = {}, url?: string): Promise<Response> =>
  call({ ...init, ...hints({ tenant }).fetchOptions } as RequestInit, url);

describe('tenants', () => {
  it('each call with the key of its own', async () => {
    const upstream = keyUpstream();
    const made = service(upstream.fetch, { tenants: { acme: 'key-of-acme', duck: ['duck-1', 'duck-2'] } });
    for (const tenant of ['acme', 'duck', 'duck', 'acme']) await as(made, tenant);
    expect(upstream.seen).toEqual(['key-of-acme', 'duck-1', 'duck-2', 'key-of-acme']);
    expect(made.layer.status({ tenant: 'duck' }).map(({ id }) => id)).toEqual([
      'tenant:duck:key#1',
      'tenant:duck:key#2',
    ]);
    expect(made.layer.status({ tenant: 'nobody' })).toEqual([]);
    expect(made.resilient.describe()).toContain('of each tenant its own (2 seen)');
  });

  it.each(['nobody', 'toString', '__proto__'])(
    'that are unknown, such as %s, are refused, with nothing sent',
    async (tenant) => {
      const upstream = keyUpstream();
      const made = service(upstream.fetch, { tenants: { acme: 'key-of-acme' }, credentials: 'key-of-the-house' });
      const refused = await as(made, tenant);
      expect(refusalOf(refused)).toMatchObject({ code: 'credentials_exhausted', layer: 'auth' });
      expect((await errorOf(refused)).message).toBe(
        `There is no credential for tenant "${tenant}", and no other is used.`,
      );
      expect(upstream.seen).toEqual([]);
    },
  );

  it('unnamed get the credentials of the house, or are refused where there are none', async () => {
    const upstream = keyUpstream();
    const tenants = { acme: 'key-of-acme' };
    await service(upstream.fetch, { tenants, credentials: 'house' }).call();
    const refused = await service(upstream.fetch, { tenants }).call();
    expect((await errorOf(refused)).message).toContain('a call that names no tenant');
    expect(upstream.seen).toEqual(['house']);
  });

  it('get no admin credential, neither that of the house nor one of their own set', async () => {
    const upstream = keyUpstream();
    const own = { id: 'own', kind: 'key', read: () => 'admin-of-acme' } as const;
    const set = { sources: [{ ...own, read: () => 'key-of-acme' }], admin: [own] };
    const made = service(upstream.fetch, { tenants: { acme: set }, admin: 'admin-of-the-house' });
    const refused = await as(made, 'acme', {}, 'https://api.openai.com/v1/organization/projects');
    expect((await errorOf(refused)).message).toContain('gets no admin credential');
    expect(upstream.seen).toEqual([]);
  });

  it('whose credentials cannot be had are refused without a word of what was thrown', async () => {
    const tenants = (tenant: string): CredentialInput => {
      if (tenant === 'bad') return 'two words';
      throw new RangeError('no row for sk-secret-of-acme');
    };
    const made = service(keyUpstream().fetch, { tenants });
    const { message } = await errorOf(await as(made, 'acme'));
    expect(message).toBe(
      'There is no credential for tenant "acme" (auth.tenants failed (RangeError)), and no other is used.',
    );
    expect((await errorOf(await as(made, 'bad'))).message).toContain(
      'auth.tenants: key#1: the credential (9 characters)',
    );
  });

  it('whose key was replaced get the new one at the call after it was rejected', async () => {
    const upstream = keyUpstream();
    let key = 'old';
    const made = service(upstream.fetch, { tenants: () => key });
    await as(made, 'acme');
    upstream.revoke('old');
    key = 'new';
    expect((await as(made, 'acme')).status).toBe(401);
    expect((await as(made, 'acme')).status).toBe(200);
    expect(upstream.seen).toEqual(['old', 'old', 'new']);
  });

  it('are forgotten, the least recently seen first, and known again when they come back', async () => {
    const upstream = keyUpstream();
    const asked: string[] = [];
    let watches = 0;
    const tenants = (tenant: string): CredentialInput => {
      asked.push(tenant);
      return { id: 'own', kind: 'token', read: () => tenant, watch: () => (watches++, () => void watches--) };
    };
    const made = service(upstream.fetch, { tenants, maxTenants: 2 });
    for (const tenant of ['a', 'b', 'a', 'c', 'a', 'b']) await as(made, tenant);
    expect(asked).toEqual(['a', 'b', 'c', 'b']);
    expect(watches).toBe(2);
    await made.layer.close();
    expect(watches).toBe(0);
  });

  it('have circuits and limits of their own: no two share an id or a limit domain', async () => {
    const entry = { credential: 'k', project: 'p' };
    const made = service(keyUpstream().fetch, { tenants: { a: entry, b: entry } });
    await as(made, 'a');
    await as(made, 'b');
    const [a] = made.layer.status({ tenant: 'a' });
    const [b] = made.layer.status({ tenant: 'b' });
    expect(a?.id).not.toBe(b?.id);
    expect(a?.limitDomain).not.toBe(b?.limitDomain);
  });

  it("law: no call carries another tenant's secret, whatever is rejected, refreshed or late", async () => {
    const event = fc.record({
      tenant: fc.integer({ min: 0, max: 5 }),
      what: fc.constantFrom('call', 'call', 'call', 'revoke', 'fail'),
    });
    const law = fc.asyncProperty(fc.array(event, { maxLength: 60 }), fc.scheduler(), async (events, scheduler) => {
      const dead = new Set<string>();
      const given = new Map<string, number>();
      let isFailing = false;
      const fetch: Fetch = async (_input, init) => {
        const bearer = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? '';
        const { tenant } = (init as { holdfast?: { tenant: string } }).holdfast ?? {};
        expect(bearer.startsWith(`${tenant}-`)).toBe(true);
        await scheduler.schedule(Promise.resolve());
        if (!dead.has(bearer)) return jsonAnswer();
        return jsonAnswer({ error: { code: 'invalid_api_key', message: 'no' } }, { status: 401 });
      };
      const tenants = (tenant: string): CredentialInput | undefined =>
        tenant === 't5'
          ? undefined
          : [
              `${tenant}-key`,
              async () => {
                await scheduler.schedule(Promise.resolve());
                if (isFailing) throw new Error('down');
                given.set(tenant, (given.get(tenant) ?? 0) + 1);
                return `${tenant}-token-${given.get(tenant)}`;
              },
            ];
      const made = service(fetch, { tenants, maxTenants: 3, refresh: { waitMs: 0 } });
      const pending: Promise<Response>[] = [];
      for (const { tenant, what } of events) {
        if (what === 'call') pending.push(as(made, `t${tenant}`));
        if (what === 'revoke') dead.add(`t${tenant}-key`).add(`t${tenant}-token-${given.get(`t${tenant}`)}`);
        if (what === 'fail') isFailing = !isFailing;
        await Promise.resolve();
      }
      await scheduler.waitFor(Promise.all(pending));
    });
    await fc.assert(law, { numRuns: 80 });
  });
});
