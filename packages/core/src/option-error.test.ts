import { describe, expect, it } from 'vitest';
import { bench, cannedFetch } from '../test/bench.ts';
import { notify } from './notify.ts';
import { checkOptions, OptionError, rules, safeName } from './option-error.ts';

const known = {
  maxRetries: rules.wholeFrom(0),
  delayMs: rules.durationMs,
  jitter: rules.ratio,
  verbose: rules.flag,
  onRetry: rules.callback,
  source: undefined,
};
const check = (options: unknown) => () => checkOptions('retry', options as object, known);

describe('checkOptions', () => {
  it('takes what holds, and undefined for the default', () => {
    check({})();
    check({ maxRetries: 0, delayMs: 0.5, jitter: 1, verbose: false, onRetry: () => 1, source: 'anything' })();
    check({ maxRetries: undefined, delayMs: undefined })();
  });

  it.each<[unknown, string]>([
    [{ maxRetries: -1 }, 'retry.maxRetries: expected a whole number from 0, got -1'],
    [{ maxRetries: 1.5 }, 'retry.maxRetries: expected a whole number from 0, got 1.5'],
    [{ maxRetries: '3' }, 'retry.maxRetries: expected a whole number from 0, got "3"'],
    [{ maxRetries: Infinity }, 'got Infinity'],
    [{ maxRetries: null }, 'got null'],
    [{ delayMs: Number.NaN }, 'retry.delayMs: expected a duration in milliseconds, 0 or more, got NaN'],
    [{ delayMs: Infinity }, 'got Infinity'],
    [{ jitter: 1.01 }, 'retry.jitter: expected a ratio between 0 and 1, got 1.01'],
    [{ verbose: 1 }, 'retry.verbose: expected true or false, got 1'],
    [{ onRetry: {} }, 'retry.onRetry: expected a function, got an object'],
    [{ verbose: Object.create(null) }, 'got an object'],
    [{ verbose: [Symbol('x')] }, 'got an array of 1'],
    [{ verbose: Symbol('x') }, 'got Symbol(x)'],
    [
      { maxRetry: 3 },
      'retry.maxRetry: expected one of maxRetries, delayMs, jitter, verbose, onRetry, source, got "maxRetry"',
    ],
    [{ constructor: 3 }, 'retry.constructor: expected one of'],
    [{ toString: 3 }, 'retry.toString: expected one of'],
    [null, 'retry: expected an object of options, got null'],
    [5, 'retry: expected an object of options, got 5'],
  ])('refuses %o', (options, message) => {
    expect(check(options)).toThrow(OptionError);
    expect(check(options)).toThrow(message);
    expect(check(options)).toThrow(expect.objectContaining({ name: 'OptionError', code: 'invalid_option' }));
  });

  it.each(['sk-short', 'Bearer x', 'AKIAIOSFODNN7EXAMPLEKEY', ['sk-proj-a', 'sk-proj-b']])(
    'does not print %j, which may be a key',
    (value) => {
      const { message } = new OptionError('auth.credentials', 'a source', value);
      for (const part of [value].flat()) expect(message).not.toContain(part);
    },
  );
});

describe('notify', () => {
  it('reports callbacks that throw or reject, once each and by name, and goes on', async () => {
    const reports: [string, unknown][] = [];
    const context = {
      service: 'checkout',
      warn: (text: string, cause?: unknown) => void reports.push([text, cause]),
    } as never;
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    const seen: unknown[] = [];
    notify(context, 'retry.onRetry', (event) => seen.push(event), 'event');
    notify(context, 'retry.onRetry', undefined, 'event');
    notify(
      context,
      'retry.onRetry',
      () => {
        throw thrown;
      },
      'event',
    );
    notify(
      context,
      'retry.onRetry',
      async () => {
        throw rejected;
      },
      'event',
    );
    notify(context, 'retry.onRetry', async () => 'fine', 'event');
    await Promise.resolve();
    expect(seen).toEqual(['event']);
    expect(reports).toEqual([
      ['holdfast checkout: retry.onRetry threw', thrown],
      ['holdfast checkout: retry.onRetry threw', rejected],
    ]);
  });

  it('keeps a broken observer of the outcome from breaking the call', async () => {
    const { client } = bench(cannedFetch(), {
      layers: [
        {
          name: 'w',
          layer: 'audit',
          handle: async (call, next) => {
            const response = await next(call);
            notify(
              call.context,
              'audit.onCall',
              () => {
                throw new Error('x');
              },
              response,
            );
            return response;
          },
        },
      ],
    });
    await client.models.list();
  });
});

describe('a name in an error', () => {
  it.each(['sk-proj-abc', 'Bearer abc', 'AbCdEf0123456789AbCdEf0123', `${'a'.repeat(23)}1`])(
    'is told by its length where it looks like a key: %s',
    (name) => {
      expect(safeName(name)).toBe(`(a name of ${name.length} characters)`);
      expect(check({ [name]: 1 })).toThrow(`retry.(a name of ${name.length} characters): expected one of `);
    },
  );

  it.each(['maxRetries', 'minRetriesPerSecondOfEverybody', 'gpt-4o-mini-2024-07-18', 'ft:gpt-4o:acme:support:9x1'])(
    'is told as it is otherwise: %s',
    (name) => {
      expect(safeName(name)).toBe(name);
    },
  );
});
