import { describe, expect, it } from 'vitest';
import { AttemptTimeoutError, DeadlineExceededError, type Call } from './index.ts';
import { faultOfLate, faultOfThrown } from './fault-of-thrown.ts';

const late = new AttemptTimeoutError('headers_timeout', 'It timed out.');
const past = new DeadlineExceededError('It timed out.');
const abort = new DOMException('x', 'AbortError');

const abortedWith = (reason: unknown): Call => {
  const { signal } = { signal: AbortSignal.abort(reason) };
  return { signal } as Call;
};

describe('what is thrown', () => {
  it.each<[string, Call, unknown, object]>([
    ['by a timeout is a timeout by its code', abortedWith(late), late, { kind: 'timeout', code: 'headers_timeout' }],
    [
      'in other words after a timeout is the timeout',
      abortedWith(late),
      abort,
      { kind: 'timeout', code: 'headers_timeout' },
    ],
    ['in other words after the deadline is the deadline', abortedWith(past), abort, { kind: 'deadline_exceeded' }],
    ['for the deadline after a timeout is the deadline', abortedWith(late), past, { kind: 'deadline_exceeded' }],
    ['by a timeout after the abort of the caller is the abort', abortedWith(abort), late, { kind: 'aborted' }],
    [
      'by a timeout further in is a timeout',
      {} as Call,
      late,
      { kind: 'timeout', code: 'headers_timeout', retryable: true },
    ],
    ['as an abort by nobody is a broken connection', {} as Call, abort, { kind: 'network' }],
  ])('%s', (_name, call, error, fault) => {
    expect(faultOfThrown(call, error)).toMatchObject(fault);
  });

  it('is late only for a limit or a deadline', () => {
    expect([late, past, abort, undefined, null, 'x'].map((reason) => faultOfLate(reason)?.kind)).toEqual([
      'timeout',
      'deadline_exceeded',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
