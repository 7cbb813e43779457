import { pipeline, routeOf, type Middleware } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service } from '../test/key-upstream.ts';
import { auth, envKeys, type AdminUseEvent } from './index.ts';

const base = 'https://api.openai.com/v1';
const adminPaths = ['/organization/projects', '/organization/admin_api_keys/key_1', '/projects/p1/roles/r1'];
const ordinaryPaths = ['/chat/completions', '/models', '/organizations', '/projects/p1/files', '/files/organization'];

describe('an admin key', () => {
  it.each(adminPaths)('signs %s, and the ordinary key does not', async (path) => {
    const upstream = keyUpstream();
    await service(upstream.fetch, { credentials: 'user-key', admin: 'admin-key' }).call({}, base + path);
    expect(upstream.seen).toEqual(['admin-key']);
  });

  it.each(ordinaryPaths)('does not sign %s', async (path) => {
    const upstream = keyUpstream();
    await service(upstream.fetch, { credentials: 'user-key', admin: 'admin-key' }).call({}, base + path);
    expect(upstream.seen).toEqual(['user-key']);
  });

  it('is no spare for a dead ordinary key, nor the other way round', async () => {
    const upstream = keyUpstream('user-key', 'admin-key');
    const { call } = service(upstream.fetch, { credentials: 'user-key', admin: 'admin-key' });
    await call();
    await call({}, `${base}/organization/projects`);
    expect(upstream.seen).toEqual(['user-key', 'admin-key']);
  });

  it('comes from the environment too, where it is kept apart', async () => {
    const upstream = keyUpstream();
    const env = { OPENAI_API_KEY: 'user-key', OPENAI_ADMIN_KEY: 'admin-key' };
    const { call } = service(upstream.fetch, { credentials: envKeys({ env }) });
    await call();
    await call({}, `${base}/organization/projects`);
    expect(upstream.seen).toEqual(['user-key', 'admin-key']);
  });

  it('is left to the client where none was given: no ordinary key signs an admin operation', async () => {
    const upstream = keyUpstream();
    await service(upstream.fetch, { credentials: 'user-key' }).call({}, `${base}/organization/projects`);
    expect(upstream.seen).toEqual(['caller-key']);
  });

  it.each(['/x/..%2forganization/projects', '//organization/projects', '/%6frganization/projects'])(
    'is asked for by nobody who hides the operation: %s',
    async (path) => {
      const upstream = keyUpstream();
      const { call } = service(upstream.fetch, { credentials: 'user-key', admin: 'admin-key' });
      const response = await call({}, base + path);
      expect(response.status).toBe(401);
      expect((await errorOf(response)).message).toContain('hides an admin operation');
      expect(upstream.seen).toEqual([]);
    },
  );

  it('is announced with each request that leaves with it, and only then', async () => {
    const upstream = keyUpstream('admin-1');
    const uses: AdminUseEvent[] = [];
    const { call } = service(upstream.fetch, {
      credentials: 'user-key',
      admin: ['admin-1', 'admin-2'],
      onAdminUse: (event) => void uses.push(event),
    });
    await call();
    await call({ method: 'GET', body: null }, `${base}/organization/users?after=u1`);
    expect(uses.map(({ credential, method, address }) => [credential, method, address])).toEqual([
      ['admin:key#1', 'GET', `${base}/organization/users`],
      ['admin:key#2', 'GET', `${base}/organization/users`],
    ]);
    expect(uses[0]).toMatchObject({ service: 'vault' });
  });

  it('is given to no hedge: an admin operation is sent once', async () => {
    const upstream = keyUpstream();
    const twice: Middleware = {
      name: 'twice',
      layer: 'hedge',
      async handle(call, next) {
        await next(call);
        return next(call.with({ isHedge: true }));
      },
    };
    const layer = auth({ credentials: 'user-key', admin: 'admin-key' });
    const { fetch } = pipeline({ fetch: upstream.fetch }).use(twice).use(layer).build();
    const headers = { authorization: 'Bearer caller-key' };
    const response = await fetch(`${base}/organization/users`, { headers });
    expect((await errorOf(response)).message).toContain('An admin operation is sent once');
    expect(upstream.seen).toEqual(['admin-key']);
  });

  it('law: whatever the path, it goes out for admin operations and for nothing else', async () => {
    const segment = fc.oneof(
      fc.constantFrom('organization', 'projects', 'roles', 'users', 'groups', 'chat', '..', '.', '%2f', '%2e%2e', ''),
      fc.stringMatching(/^[a-z%0-9._-]{0,8}$/),
    );
    const law = fc.asyncProperty(fc.array(segment, { maxLength: 6 }), async (segments) => {
      const upstream = keyUpstream();
      const url = `${base}/${segments.join('/')}`;
      await service(upstream.fetch, { credentials: 'user-key', admin: 'admin-key' }).call({}, url);
      const { operation, disguised } = routeOf('POST', url);
      expect(upstream.seen).toEqual(disguised ? [] : [operation === 'admin' ? 'admin-key' : 'user-key']);
    });
    await fc.assert(law, { numRuns: 300 });
  });
});
