import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeSets } from './attribute-sets.ts';
import { circuitNameOf } from './circuit-name.ts';
import { errorName, errorOfRefusal } from './error-names.ts';
import { Models } from './models.ts';
import { Names } from './names.ts';
import { Places } from './places.ts';

describe('the models of metrics', () => {
  it.each([
    ['gpt-5', 'gpt-5'],
    ['meta-llama/Llama-4', 'meta-llama/Llama-4'],
    ['us.anthropic.claude-3-5-sonnet-20241022-v2:0', 'us.anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['ft:gpt-4o-mini-2024-07-18:acme:orders:9abc', 'ft:gpt-4o-mini-2024-07-18'],
    ['FT:gpt-4o:acme', 'ft:gpt-4o'],
    ['curie:ft-acme-2023-01-01', 'ft:curie'],
    ['gpt-35-turbo-0613.ft-b044a9d3cf9c4228b5d393567f693b83', 'ft:gpt-35-turbo-0613'],
    ['ft:', '_OTHER'],
    ['', '_OTHER'],
    ['a'.repeat(65), '_OTHER'],
    ['ada@example.com', '_OTHER'],
    ['tell me a joke', '_OTHER'],
    ['gpt\n5', '_OTHER'],
    ['sk-proj-abc', '_OTHER'],
    ['ft:sk-proj-abcdef:acme', '_OTHER'],
    ['0123456789abcdef0123456789abcdef', '_OTHER'],
    ['modèle', '_OTHER'],
    ['__proto__', '_OTHER'],
  ])('tell %j as %s', (model, told) => {
    expect(new Models().of(model)).toBe(told);
  });

  it('are the first 32, and stay so whatever comes after them', () => {
    const models = new Models();
    for (let index = 0; index < 32; index++) expect(models.of(`m${index}`)).toBe(`m${index}`);
    for (let index = 32; index < 5000; index++) expect(models.of(`m${index}`)).toBe('_OTHER');
    expect(models.of('m31')).toBe('m31');
  });

  it('are never more than 33, nor anything but a name or a name that was folded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.stringMatching(/^(?:ft:)?[a-z0-9:.-]{0,80}$/)), { maxLength: 200 }),
        (given) => {
          const models = new Models();
          const told = new Set(given.map((model) => models.of(model)));
          expect(told.size).toBeLessThanOrEqual(33);
          for (const name of told) {
            expect(name.length).toBeLessThanOrEqual(64);
            expect(name === '_OTHER' || given.includes(name) || name.startsWith('ft:')).toBe(true);
          }
        },
      ),
    );
  });
});

describe('what else metrics name', () => {
  it('takes configured names with their spaces, and no key', () => {
    const names = new Names();
    expect(names.of('gpt-5-mini at azure eu')).toBe('gpt-5-mini at azure eu');
    expect(names.of('sk-live-0123')).toBe('_OTHER');
    expect(names.of('Bearer 0123')).toBe('_OTHER');
    expect(names.of('ada@example.com')).toBe('_OTHER');
  });

  it('tells the first 32 origins, and no port for the rest', () => {
    const places = new Places();
    expect(places.of('https://api.openai.com').attributes).toEqual({
      'server.address': 'api.openai.com',
      'server.port': 443,
    });
    expect(places.of('http://127.0.0.1:8080').attributes).toEqual({
      'server.address': '127.0.0.1',
      'server.port': 8080,
    });
    expect(places.of('nowhere').attributes).toEqual({ 'server.address': '_OTHER' });
    const told = new Set(Array.from({ length: 1000 }, (_, port) => places.of(`http://127.0.0.1:${port + 1}`)));
    expect(told.size).toBe(31);
    expect(places.of('http://127.0.0.1:999').attributes).toEqual({ 'server.address': '_OTHER' });
  });

  it('tells errors by status or kind', () => {
    expect(['429', '503', 'network', 'circuit_open'].map(errorName)).toEqual(['429', '503', 'network', 'circuit_open']);
    expect(['4290', 'Your key sk-1 is wrong', 'toString', ''].map(errorName)).toEqual(Array(4).fill('_OTHER'));
    expect(errorOfRefusal('queue_full')).toBe('rate_limited_local');
    expect(errorOfRefusal('unsignable_body')).toBe('_OTHER');
  });

  it.each([
    [
      'https://api.openai.com gpt-5 chat',
      { kind: 'target', origin: 'https://api.openai.com', model: 'gpt-5', operation: 'chat' },
    ],
    ['http://[::1]:8080 * images', { kind: 'target', origin: 'http://[::1]:8080', operation: 'images' }],
    [
      'https://a.b my model\nx chat',
      { kind: 'target', origin: 'https://a.b', model: 'my model\nx', operation: 'chat' },
    ],
    ['https://a.b *', { kind: 'endpoint', origin: 'https://a.b' }],
    ['https://a.b credential:client-1x2y3z', { kind: 'credential', origin: 'https://a.b' }],
    ['mine', undefined],
    ['https://a.b', undefined],
    ['', undefined],
  ])('reads the key %j of a circuit', (key, name) => {
    expect(circuitNameOf(key)).toEqual(name);
  });

  it('keeps 900 sets of attributes and folds what comes after them', () => {
    const sets = new AttributeSets<string>();
    const of = (index: number): string =>
      sets.of(
        `k${index}`,
        () => 'rest',
        (isFolded) => (isFolded ? 'folded' : `k${index}`),
      );
    for (let index = 0; index < 5000; index++) of(index);
    expect(of(899)).toBe('k899');
    expect(of(900)).toBe('folded');
    expect(of(0)).toBe('k0');
  });
});
