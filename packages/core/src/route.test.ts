import { describe, expect, it } from 'vitest';
import { RouteCache, routeOf } from './route.ts';

const api = 'https://api.openai.com/v1';

describe('routeOf', () => {
  it.each([
    ['POST', `${api}/chat/completions`, 'chat'],
    ['POST', `${api}/chat/completions?api-version=1`, 'chat'],
    ['POST', `${api}/chat/completions/`, 'chat'],
    ['GET', `${api}/chat/completions`, 'other'],
    ['POST', `${api}/chat/completions/cmpl-1`, 'other'],
    ['POST', `${api}/completions`, 'completions'],
    ['POST', `${api}/responses`, 'responses'],
    ['GET', `${api}/responses/resp_1`, 'other'],
    ['POST', `${api}/responses/resp_1/cancel`, 'other'],
    ['POST', `${api}/embeddings`, 'embeddings'],
    ['POST', `${api}/images/generations`, 'images'],
    ['POST', `${api}/audio/transcriptions`, 'audio'],
    ['POST', `${api}/moderations`, 'moderations'],
    ['GET', `${api}/models`, 'other'],
    ['POST', `${api}/files`, 'other'],
    ['POST', 'https://x.openai.azure.com/openai/deployments/gpt-4/chat/completions?api-version=2', 'chat'],
    ['POST', 'https://x.openai.azure.com/openai/v1/responses', 'responses'],
    ['POST', 'http://localhost:8080/chat/completions', 'chat'],
  ])('%s %s is %s', (method, url, operation) => {
    expect(routeOf(method, url).operation).toBe(operation);
  });

  it.each([
    '/organization',
    '/organization/costs',
    '/organization/projects/p/service_accounts',
    '/projects/p/roles',
    '/projects/p/groups/g',
    '/projects/p/users',
    '/fine_tuning/checkpoints/ft:gpt/permissions',
    '/fine_tuning/checkpoints/c/permissions/perm',
  ])('takes %s for an admin operation, by any method and under any base path', (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) expect(routeOf(method, api + path).operation).toBe('admin');
    expect(routeOf('GET', `https://eu.api.openai.com/openai/v1${path}/?x=1`, '/openai/v1').operation).toBe('admin');
    expect(routeOf('GET', `http://localhost${path}`, '').operation).toBe('admin');
    expect(routeOf('GET', `http://localhost${path}`, '/').operation).toBe('admin');
  });

  it.each([
    '/organizations',
    '/organization_x/costs',
    '/projects/p/models',
    '/projects/p/roles_x',
    '/projects//roles',
    '/fine_tuning/checkpoints/c',
    '/fine_tuning/jobs/j',
    '/x/organization/costs',
    '/chat/completions?next=/organization',
  ])('takes %s for no admin operation', (path) => {
    expect(routeOf('GET', api + path)).toMatchObject({ operation: 'other', disguised: false });
  });

  it.each([
    '/organization%2fcosts',
    '/%2forganization/costs',
    '/x/%2e%2e%2forganization/costs',
    '/projects/p%2Froles',
    '/projects/p%5croles',
    '/%6frganization/costs',
    '//organization/costs',
    '/organization%3fx',
  ])('sees through %s, which only a careless server would take for an admin operation', (path) => {
    expect(routeOf('GET', api + path)).toMatchObject({ operation: 'other', disguised: true });
  });

  it('sees through an escaped base path', () => {
    expect(routeOf('GET', 'https://api.openai.com/%761/organization/costs').disguised).toBe(true);
  });

  it('leaves the dots to the URL and never decodes the path that it gives', () => {
    expect(routeOf('GET', `${api}/x/../organization/costs`)).toMatchObject({
      operation: 'admin',
      path: '/organization/costs',
    });
    expect(routeOf('GET', `${api}/x/%2e%2e/organization/costs`).operation).toBe('admin');
    expect(routeOf('GET', `${api}/files/a%2fb`)).toMatchObject({ path: '/files/a%2fb', disguised: false });
  });

  it.each([
    ['/v1', `${api}/models`, '/models'],
    ['/v1/', `${api}/models`, '/models'],
    ['/openai/v1', 'https://x/openai/v1/models', '/models'],
    ['', 'https://x/models', '/models'],
    ['/v1', 'https://x/v10/models', '/v10/models'],
    ['/v1', 'https://x/v1', '/v1'],
  ])('cuts the base path %j off %s', (base, url, path) => {
    expect(routeOf('GET', url, base).path).toBe(path);
  });

  it('tells origin, host and port', () => {
    expect(routeOf('GET', `${api}/models`)).toMatchObject({
      origin: 'https://api.openai.com',
      host: 'api.openai.com',
      port: 443,
    });
    expect(routeOf('GET', 'http://127.0.0.1/v1')).toMatchObject({ port: 80 });
    expect(routeOf('GET', 'http://[::1]:8080/v1')).toMatchObject({ origin: 'http://[::1]:8080', port: 8080 });
    expect(() => routeOf('GET', '/v1/models')).toThrow(TypeError);
  });
});

describe('RouteCache', () => {
  it('gives the same object for the same request and keeps methods apart', () => {
    const routes = new RouteCache('/v1');
    expect(routes.of('POST', `${api}/responses`)).toBe(routes.of('POST', `${api}/responses`));
    expect(routes.of('GET', `${api}/responses`).operation).toBe('other');
    expect(routes.of('POST', `${api}/responses`).operation).toBe('responses');
  });

  it('forgets the oldest, so that ids in URLs cannot make it grow', () => {
    const routes = new RouteCache(undefined, 3);
    const first = routes.of('GET', `${api}/files/0`);
    for (let id = 1; id < 3; id++) routes.of('GET', `${api}/files/${id}`);
    expect(routes.of('GET', `${api}/files/0`)).toBe(first);
    routes.of('GET', `${api}/files/3`);
    expect(routes.of('GET', `${api}/files/0`)).not.toBe(first);
  });
});
