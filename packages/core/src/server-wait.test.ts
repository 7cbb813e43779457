import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goDurationMs, serverWaitMs } from './server-wait.ts';

const now = Date.UTC(2026, 0, 1);
const wait = (headers: Record<string, string>, message?: string): number | undefined =>
  serverWaitMs(new Headers(headers), now, message);

describe('serverWaitMs', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['milliseconds', { 'retry-after-ms': '1500' }, 1500],
    ['a part of one', { 'retry-after-ms': '0.5' }, 0.5],
    ['milliseconds before seconds', { 'retry-after-ms': '20', 'retry-after': '7' }, 20],
    ['seconds', { 'retry-after': '2' }, 2000],
    ['no wait at all', { 'retry-after': '0' }, 0],
    ['parts of seconds', { 'retry-after': ' 1.25 ' }, 1250],
    ['an HTTP date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    ['the older form of date', { 'retry-after': 'Thursday, 01-Jan-26 00:00:30 GMT' }, 30_000],
    ['a date that has passed', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    ['a negative number', { 'retry-after': '-1', 'retry-after-ms': '-5' }, undefined],
    ['NaN', { 'retry-after': 'NaN', 'retry-after-ms': 'NaN' }, undefined],
    ['Infinity', { 'retry-after': 'Infinity' }, undefined],
    ['more digits than a number has', { 'retry-after-ms': '9'.repeat(400), 'retry-after': '9'.repeat(308) }, undefined],
    ['words', { 'retry-after': 'in 5 minutes' }, undefined],
    ['an exponent', { 'retry-after': '1e3' }, undefined],
    ['a hexadecimal number', { 'retry-after': '0x10' }, undefined],
    ['a day without a time', { 'retry-after': '2026-01-02' }, undefined],
    ['nothing', {}, undefined],
    ['emptiness', { 'retry-after': '', 'retry-after-ms': '' }, undefined],
    ['milliseconds unusable, seconds fine', { 'retry-after-ms': 'x', 'retry-after': '1' }, 1000],
    ['an exhausted bucket', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m2s' }, 62_000],
    ['a bucket with room', { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '1m2s' }, undefined],
    [
      'the longest of two',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      360_000,
    ],
    [
      'the tokens of the project',
      { 'x-ratelimit-remaining-project-tokens': '0', 'x-ratelimit-reset-project-tokens': '12ms' },
      12,
    ],
    [
      'the unknown limits of Azure',
      { 'x-ratelimit-limit-requests': '-1', 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '0' },
      undefined,
    ],
  ])('reads %s', (_name, headers, ms) => expect(wait(headers)).toBe(ms));

  it.each([
    ['Rate limit reached. Please try again in 634ms.', 634],
    ['Please try again in 1.2s. Visit https://x', 1200],
    ['Please try again in 6m0s.', 360_000],
    ['Retry after 2h', 7_200_000],
    ['Please try again later.', undefined],
    ['Please try again in a while', undefined],
  ])('reads the words %j', (message, ms) => {
    expect(wait({}, message)).toBe(ms);
    expect(wait({ 'retry-after': '1' }, message)).toBe(1000);
  });

  it('is finite and not negative, or unknown', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        const source = { get: (name: string) => ({ 'retry-after': a, 'retry-after-ms': b })[name] ?? null };
        const ms = serverWaitMs(source, now, a);
        if (ms !== undefined) expect(ms >= 0 && Number.isFinite(ms)).toBe(true);
      }),
    );
  });
});

describe('goDurationMs', () => {
  it('reads what Go writes', () => {
    const hours = fc.nat({ max: 10_000 });
    fc.assert(
      fc.property(hours, fc.nat({ max: 59 }), fc.nat({ max: 59 }), fc.nat({ max: 999 }), (h, m, s, ms) => {
        // As `Duration.String` has it: no leading zero units, fractions on the seconds.
        const seconds = `${ms === 0 ? s : (s + ms / 1000).toFixed(3).replace(/0+$/, '')}s`;
        const text =
          h > 0 ? `${h}h${m}m${seconds}` : m > 0 ? `${m}m${seconds}` : s === 0 && ms > 0 ? `${ms}ms` : seconds;
        expect(goDurationMs(text)).toBeCloseTo(h * 3_600_000 + m * 60_000 + s * 1000 + ms, 5);
      }),
    );
  });

  it.each([
    ['1.5s', 1500],
    ['250µs', 0.25],
    ['1us', 0.001],
    ['1000000ns', 1],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(goDurationMs(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', '5', 's', '-1s', '1 s', '1d', '1s ', '1.s', '.5s', 'NaNs', 'x1s', `${'9'.repeat(400)}s`])(
    'has no value for %j',
    (text) => {
      expect(goDurationMs(text)).toBeUndefined();
    },
  );
});
