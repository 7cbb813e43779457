import { describe, expect, it } from 'vitest';
import { tellsLimits, toldLimit } from './limit-headers.ts';

const headersOf = (limit: string, remaining: string, reset?: string): Headers =>
  new Headers({
    'x-ratelimit-limit-requests': limit,
    'x-ratelimit-remaining-requests': remaining,
    ...(reset !== undefined && { 'x-ratelimit-reset-requests': reset }),
  });

describe('the headers of a limit', () => {
  it.each([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['12ms', 12],
    ['2.5', 2500],
    ['0s', undefined],
    ['soon', undefined],
    ['-1', undefined],
    [undefined, undefined],
  ])('tell a reset of %s', (reset, resetMs) => {
    expect(toldLimit(headersOf('500', '400', reset), 'requests')).toEqual({ limit: 500, remaining: 400, resetMs });
  });

  it('are not asked for a reset while too little is spent for it to tell anything', () => {
    expect(toldLimit(headersOf('500', '499', '1s'), 'requests')?.resetMs).toBeUndefined();
  });

  it.each([
    ['-1', '-1'],
    ['-1', '10'],
    ['500', '-1'],
    ['500', ''],
    ['500', 'many'],
    ['500', '1e3'],
    ['5.5', '3'],
    ['0', '0'],
    ['9'.repeat(40), '3'],
  ])('tell nothing where limit and remaining are "%s" and "%s"', (limit, remaining) => {
    expect(toldLimit(headersOf(limit, remaining), 'requests')).toBeUndefined();
  });

  it('tell nothing where they are missing', () => {
    expect(toldLimit(new Headers(), 'tokens')).toBeUndefined();
    expect(toldLimit(new Headers({ 'x-ratelimit-remaining-tokens': '3' }), 'tokens')).toBeUndefined();
    expect(tellsLimits(new Headers())).toBe(false);
    expect(tellsLimits(headersOf('1', '1'))).toBe(true);
  });
});
