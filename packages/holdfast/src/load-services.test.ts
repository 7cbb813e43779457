import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadServices } from './load-services.ts';
import { ServicesError } from './services-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-services-'));

function write(text: string, name = 'holdfast.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function errorOf(text: string, name?: string): ServicesError {
  const file = write(text, name);
  try {
    loadServices(file);
  } catch (error) {
    if (error instanceof ServicesError) return error;
    throw error;
  }
  throw new Error('expected a ServicesError');
}

const messageOf = (text: string): string => errorOf(text).message.replaceAll(`${folder}/`, '');

describe('a services file', () => {
  it('gives one pipeline per service, with its own layers', () => {
    const services = loadServices(
      write(`
services:
  checkout:
    fallback:
      models:
        gpt-5: [gpt-5-mini]
    retry: { maxRetries: 4 }
  search:
    breaker: false
    telemetry: false
`),
    );
    expect(services.names).toEqual(['checkout', 'search']);
    expect(services.get('checkout').describe()).toContain('gpt-5 → gpt-5-mini');
    expect(services.get('checkout').describe()).toContain('maxRetries 4');
    expect(services.get('search').describe()).not.toContain('breaker');
    expect(services.get('search').service).toBe('search');
    expect(() => services.get('serach')).toThrow('no service "serach"; it names checkout, search');
  });

  it('sets every layer that a pipeline can have', () => {
    const text = `
services:
  checkout:
    hedge: { percentile: 0.9, operations: [chat] }
    retry: { budget: { ratio: 0.1 }, ambiguous: { other: retry }, maxRetriesByFault: { timeout: 1 } }
    routing:
      own: { weight: 2 }
      endpoints:
        eu: { baseURL: 'https://eu.api.openai.com/v1', apiKey: { env: EU_KEY }, region: eu, maxInFlight: 10 }
    rateLimit: { mode: observe, limits: { gpt-5: { tokensPerMinute: 30000 } }, concurrency: adaptive }
    breaker: { mode: observe }
    timeout: { firstContentMs: 20000, idleMs: 10000 }
`;
    const env = { EU_KEY: 'sk-of-the-eu-project' };
    const description = loadServices(write(text), { env }).get('checkout').describe();
    for (const layer of ['hedge', 'retry', 'routing', 'rateLimit', 'breaker', 'timeout'])
      expect(description).toContain(layer);
    expect(description).toContain('own, eu (eu)');
    expect(() => loadServices(write(text), { env: {} })).toThrow(
      'services.checkout.routing.endpoints.eu.apiKey.env: expected an environment variable that is set: EU_KEY',
    );
  });

  it('gives ladders endpoints of their own, each with the variable that holds its key', () => {
    const text = `
services:
  checkout:
    fallback:
      endpoints:
        eu: { baseURL: 'https://eu.api.openai.com/v1', apiKey: { env: EU_KEY }, region: eu }
      models:
        gpt-5: [{ endpoint: eu }, { model: gpt-5-mini, when: [overloaded] }]
      midStream: { chat: { policy: restart, bufferTokens: 32 } }
`;
    const services = loadServices(write(text), { env: { EU_KEY: 'sk-test-eu' } });
    expect(services.get('checkout').describe()).toContain('gpt-5 → gpt-5 at eu → gpt-5-mini');
    expect(messageOf(text)).toContain(
      'services.checkout.fallback.endpoints.eu.apiKey.env: expected an environment variable that is set: EU_KEY',
    );
  });

  it('takes no key itself for an endpoint, and does not repeat it', () => {
    const message = messageOf(`
services:
  checkout:
    fallback:
      endpoints: { eu: { baseURL: 'https://eu.api.openai.com/v1', apiKey: sk-test-secret } }
      models: { gpt-5: [{ endpoint: eu }] }
`);
    expect(message).toContain('endpoints.eu.apiKey');
    expect(message).not.toContain('secret');
  });

  it('may be JSON', () => {
    const file = write('{"services": {"a": {"retry": false}}}', 'holdfast.json');
    expect(loadServices(file).get('a').describe()).not.toContain('retry');
  });

  it('names path, line, rule and value of an unknown key, and what was probably meant', () => {
    expect(messageOf('services:\n  checkout:\n    retry:\n      maxRetrys: 3\n')).toBe(
      'holdfast.yaml:4: services.checkout.retry.maxRetrys: expected one of maxRetries, ' +
        'maxRetriesByFault, initialDelayMs, maxDelayMs, jitter, maxServerWaitMs, jitterRatio, budget, ambiguous, ' +
        'holdBack, reserveRatio (did you mean maxRetries?), got the unknown key "maxRetrys"',
    );
  });

  it.each([
    [
      'a value out of range',
      'retry: { maxRetries: -1 }',
      'services.a.retry.maxRetries: expected number to be >=0, got -1',
    ],
    [
      'a wrong type',
      'retry: { maxRetries: many }',
      'services.a.retry.maxRetries: expected number, received string, got "many"',
    ],
    [
      'an empty ladder',
      'fallback: { models: { gpt-5: [] } }',
      'services.a.fallback.models.gpt-5: expected array to have >=1 items, got an empty list',
    ],
    [
      'a layer that is neither',
      'breaker: yes please',
      'services.a.breaker: expected false to switch it off, or its options, got "yes please"',
    ],
    [
      'an unknown layer',
      'budget: {}',
      'services.a.budget: expected one of telemetry, fallback, hedge, retry, routing, rateLimit, breaker, timeout, auth, ' +
        'got the unknown key "budget"',
    ],
  ])('names the place of %s', (_name, line, message) => {
    expect(messageOf(`services:\n  a:\n    ${line}\n`)).toContain(message);
  });

  it('lists everything that is wrong, not only the first', () => {
    expect(errorOf('services:\n  a:\n    retry: { maxRetries: -1, x: 1 }\n  b: { y: 2 }\nz: 3\n').issues).toHaveLength(
      4,
    );
  });

  it('never repeats a key that was written into it', () => {
    const secret = 'sk-proj-very-secret-0123456789';
    for (const line of [`credentials: ${secret}`, `credentials: { env: ${secret} }`, `credentials: [${secret}]`]) {
      const { message } = errorOf(`services:\n  a:\n    auth:\n      ${line}\n`);
      expect(message).toContain('services.a.auth.credentials');
      expect(message).not.toContain('secret');
    }
  });

  it('names every credential of which no environment variable is set', () => {
    const both = 'credentials: { env: [NOT_SET_HERE, NOR_HERE] }, admin: { env: NO_ADMIN }';
    expect(messageOf(`services:\n  a:\n    auth: { ${both} }\n`).split('\n')).toEqual([
      'holdfast.yaml:3: services.a.auth.credentials.env: expected an environment variable that is set: ' +
        'NOT_SET_HERE or NOR_HERE, got nothing',
      'holdfast.yaml:3: services.a.auth.admin.env: expected an environment variable that is set: NO_ADMIN, got nothing',
    ]);
  });

  it('says where the syntax breaks', () => {
    expect(messageOf('services:\n  a: [1, 2\n')).toMatch(
      /^holdfast\.yaml:[23]: the file: expected YAML or JSON, got \w+/,
    );
  });

  it('of any content gives pipelines or a ServicesError, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ services: { a: value } })),
        ),
        (text) => {
          try {
            loadServices(write(text));
          } catch (error) {
            expect(error).toBeInstanceOf(ServicesError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that is not there is the error of the file system', () => {
    expect(() => loadServices(join(folder, 'missing.yaml'))).toThrow('ENOENT');
  });
});
