import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAnswer, classifyError, errorBodyOf } from './classify.ts';
import { fault, faultTable, type FaultKind } from './fault.ts';

const now = Date.UTC(2026, 0, 1);
const of = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  classifyAnswer(
    status,
    new Headers(headers),
    errorBodyOf(typeof body === 'string' ? body : JSON.stringify(body)),
    now,
  );

const openAi = (code: string | null, type = 'invalid_request_error', message = 'It failed.') => ({
  error: { message, type, param: null, code },
});

describe('classifyAnswer', () => {
  it.each<[string, number, unknown, FaultKind]>([
    // The credential
    [
      'a dead key',
      401,
      openAi(
        'invalid_api_key',
        undefined,
        'Incorrect API key provided: sk-x. Find yours at platform.openai.com/account/api-keys.',
      ),
      'invalid_credential',
    ],
    [
      'a dead key at Azure',
      401,
      { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } },
      'invalid_credential',
    ],
    ['a dead key behind an older Azure', 401, { statusCode: 401, message: 'Unauthorized.' }, 'invalid_credential'],
    ['a stale token', 401, openAi('token_expired'), 'invalid_credential'],
    [
      'an IP off the list',
      401,
      openAi(null, undefined, 'Your IP is not authorized to access this resource'),
      'egress_denied',
    ],
    ['an IP by its code', 401, openAi('ip_not_authorized'), 'egress_denied'],
    [
      'no member of the organization',
      401,
      openAi(null, undefined, 'You must be a member of an organization to use the API.'),
      'wrong_membership',
    ],
    ['another project', 401, openAi('mismatched_project'), 'wrong_membership'],
    [
      'a missing scope',
      403,
      openAi(null, undefined, 'You have insufficient permissions for this operation. Missing scopes: model.request.'),
      'permission_denied',
    ],
    ['a country', 403, openAi('unsupported_country_region_territory', 'request_forbidden'), 'region_denied'],
    [
      'a country in words',
      403,
      openAi(null, undefined, 'Country, region, or territory not supported'),
      'region_denied',
    ],
    // The model
    ['an unknown model', 404, openAi('model_not_found'), 'model_not_found'],
    ['a model of others', 403, openAi('model_not_found'), 'model_not_found'],
    [
      'an unknown deployment',
      404,
      { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } },
      'model_not_found',
    ],
    ['an unknown file', 404, openAi(null), 'not_found'],
    // Limits and money
    ['a rate limit', 429, openAi('rate_limit_exceeded', 'tokens'), 'rate_limited'],
    [
      'a rate limit at Azure',
      429,
      { error: { code: '429', message: 'Please retry after 10 seconds.' } },
      'rate_limited',
    ],
    ['a spent quota', 429, openAi('insufficient_quota', 'insufficient_quota'), 'quota_exhausted'],
    ['a spent quota without a code', 429, openAi(null, 'insufficient_quota'), 'quota_exhausted'],
    ['a spent quota with the code "null"', 429, openAi('null', 'insufficient_quota'), 'quota_exhausted'],
    ['spent credit', 429, openAi('credit_balance_exhausted'), 'quota_exhausted'],
    [
      'a vendor who shouts of quota and means a limit',
      429,
      openAi(null, 'too_many_requests', 'INSUFFICIENT QUOTA'),
      'rate_limited',
    ],
    // The upstream
    ['slow down', 429, openAi('slow_down'), 'overloaded'],
    ['slow down as 503', 503, openAi('slow_down'), 'overloaded'],
    ['overload', 503, openAi('server_is_overloaded'), 'overloaded'],
    ['503 without a body', 503, '', 'overloaded'],
    ['500', 500, openAi(null, 'server_error'), 'server_error'],
    ['502 of a proxy', 502, '<html>Bad Gateway</html>', 'server_error'],
    ['529', 529, '', 'server_error'],
    ['408', 408, '', 'timeout'],
    ['409', 409, '', 'conflict'],
    // The request
    ['a context too long', 400, openAi('context_length_exceeded'), 'context_length'],
    [
      'a content filter',
      400,
      { error: { code: 'content_filter', status: 400, innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      'content_filtered',
    ],
    ['a policy', 400, openAi('content_policy_violation'), 'content_filtered'],
    ['a mistake', 400, openAi('unknown_parameter'), 'bad_request'],
    ['422', 422, openAi(null), 'bad_request'],
    ['413', 413, '', 'bad_request'],
    ['a redirect', 302, '', 'redirect_refused'],
    // The OAuth form
    ['a refused exchange', 400, { error: 'invalid_grant', error_description: 'Expired.' }, 'bad_request'],
    ['a refused token', 401, { error: 'invalid_token', error_description: 'Expired.' }, 'invalid_credential'],
    ['an overloaded identity provider', 503, { error: 'temporarily_unavailable' }, 'overloaded'],
    // Names that every object has
    ['a code of "constructor"', 500, openAi('constructor', 'toString'), 'server_error'],
    ['a code of "__proto__"', 429, openAi('__proto__', 'hasOwnProperty'), 'rate_limited'],
    ['a code that is a number', 429, { error: { code: 429, message: 'x' } }, 'rate_limited'],
  ])('%s', (_name, status, body, kind) => {
    expect(of(status, body)).toMatchObject({ kind, status, ...faultTable[kind] });
  });

  it.each<[string, unknown, FaultKind]>([
    ['a limit', openAi('rate_limit_exceeded'), 'rate_limited'],
    ['a status for a code', { error: { code: '503' } }, 'overloaded'],
    ['nothing known', {}, 'server_error'],
    ['a code that is no status', { error: { code: '1' } }, 'server_error'],
  ])('tells %s inside a stream that began with 200', (_name, body, kind) => {
    const reason = of(0, body);
    expect(reason.kind).toBe(kind);
    expect(reason).not.toHaveProperty('status');
  });

  it('lets the server overrule the table on retrying, and on nothing else', () => {
    expect(of(400, '', { 'x-should-retry': 'true' })).toMatchObject({
      kind: 'bad_request',
      retryable: true,
      trips: false,
    });
    expect(of(503, '', { 'x-should-retry': 'false' })).toMatchObject({
      kind: 'overloaded',
      retryable: false,
      trips: true,
    });
    expect(of(503, '', { 'x-should-retry': 'maybe' }).retryable).toBe(true);
  });

  it('carries the wait, from headers or from the words of a limit', () => {
    expect(of(503, '', { 'retry-after': '2' }).retryAfterMs).toBe(2000);
    expect(of(429, openAi('rate_limit_exceeded', 'tokens', 'Please try again in 634ms.')).retryAfterMs).toBe(634);
    expect(of(500, openAi(null, undefined, 'Please try again in 634ms.')).retryAfterMs).toBeUndefined();
  });

  it('keeps the code, where it is one: an upstream may say a key or a prompt again in its place', () => {
    expect(of(400, openAi('context_length_exceeded')).code).toBe('context_length_exceeded');
    for (const text of ['x'.repeat(65), 'sk-proj-abcdefgh', 'a secret plan', ''])
      expect(of(400, openAi(text))).not.toHaveProperty('code');
    expect(of(400, openAi(null))).not.toHaveProperty('code');
  });

  it('never throws, whatever the body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.integer({ min: 0, max: 999 }), (text, status) => {
        expect(faultTable).toHaveProperty(of(status, text).kind);
      }),
    );
  });
});

describe('classifyError', () => {
  const coded = (code: string, init: ErrorOptions = {}): Error => Object.assign(new Error('x', init), { code });
  const fetchFailed = (cause: unknown): TypeError => new TypeError('fetch failed', { cause });

  it.each<[string, unknown, FaultKind, string | undefined, boolean]>([
    ['refused', fetchFailed(coded('ECONNREFUSED')), 'network', 'ECONNREFUSED', true],
    ['unknown host', fetchFailed(coded('ENOTFOUND')), 'network', 'ENOTFOUND', true],
    ['reset', fetchFailed(coded('ECONNRESET')), 'network', 'ECONNRESET', false],
    [
      'every address refused',
      fetchFailed(new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')])),
      'network',
      'ECONNREFUSED',
      true,
    ],
    ['no address at all', fetchFailed(new AggregateError([])), 'network', undefined, false],
    ['closed socket', fetchFailed(coded('UND_ERR_SOCKET')), 'network', 'UND_ERR_SOCKET', false],
    ['connect timeout', fetchFailed(coded('UND_ERR_CONNECT_TIMEOUT')), 'timeout', 'UND_ERR_CONNECT_TIMEOUT', true],
    ['headers timeout', fetchFailed(coded('UND_ERR_HEADERS_TIMEOUT')), 'timeout', 'UND_ERR_HEADERS_TIMEOUT', false],
    ['ETIMEDOUT', coded('ETIMEDOUT'), 'timeout', 'ETIMEDOUT', false],
    ['TimeoutError', new DOMException('x', 'TimeoutError'), 'timeout', undefined, false],
    ['terminated', new TypeError('terminated'), 'network', undefined, false],
    ['a browser', new TypeError('Failed to fetch'), 'network', undefined, false],
    ['Safari', new TypeError('Load failed'), 'network', undefined, false],
    ['Deno', new TypeError('error sending request for url (https://x/)'), 'network', undefined, false],
    ['a certificate', fetchFailed(coded('CERT_HAS_EXPIRED')), 'network', 'CERT_HAS_EXPIRED', false],
  ])('takes %s for trouble on the way', (_name, error, kind, code, neverSent) => {
    expect(classifyError(error)).toMatchObject({ kind, retryable: true, neverSent });
    expect(classifyError(error).code).toBe(code);
  });

  const thrown = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  it.each<[string, unknown]>([
    ['an unusable URL', thrown(() => new URL('x'))],
    ['an unusable URL in fetch', new TypeError('Failed to parse URL from x', { cause: thrown(() => new URL('x')) })],
    ['an unusable header', thrown(() => new Headers({ a: 'sk-a\nb' }))],
    ['an argument that undici refuses', fetchFailed(coded('UND_ERR_INVALID_ARG'))],
    ['a bug', thrown(() => (undefined as unknown as { x: string }).x)],
    ['an option', Object.assign(new TypeError('retry.x'), { code: 'invalid_option' })],
  ])('takes %s for the request that it is', (_name, error) => {
    expect(classifyError(error)).toMatchObject({ kind: 'bad_request', retryable: false, trips: false });
  });

  it('knows the abort and the deadline', () => {
    expect(classifyError(new DOMException('x', 'AbortError')).kind).toBe('aborted');
    expect(classifyError(coded('ABORT_ERR')).kind).toBe('aborted');
    expect(classifyError(coded('deadline_exceeded')).kind).toBe('deadline_exceeded');
  });

  it.each(['text', undefined, null, 0, Symbol('x'), {}, { cause: {} }, Object.create(null)])(
    'takes a thrown %s for the network',
    (error) => {
      expect(classifyError(error)).toMatchObject({ kind: 'network', neverSent: false });
    },
  );

  it('is not caught by causes that go round', () => {
    const error = new Error('x');
    error.cause = error;
    expect(classifyError(error).kind).toBe('network');
  });
});

describe('the fault table', () => {
  it('never retries, trips or falls back for the caller or for the credential', () => {
    for (const [kind, traits] of Object.entries(faultTable)) {
      if (traits.scope === 'request' || traits.scope === 'credential' || traits.scope === 'egress')
        expect([kind, traits.retryable, traits.trips, traits.fallsBack]).toEqual([kind, false, false, false]);
      if (traits.trips) expect([kind, traits.scope]).toEqual([kind, 'endpoint']);
    }
  });

  it('cannot be changed, and what is made of it can say more but nothing else', () => {
    expect(Object.isFrozen(faultTable)).toBe(true);
    expect(fault('overloaded', { status: 503 })).toEqual({ kind: 'overloaded', ...faultTable.overloaded, status: 503 });
  });
});
