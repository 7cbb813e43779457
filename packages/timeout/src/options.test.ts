import { OptionError } from '@holdfast/core';
import { hang } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { bench, events, timedAnswer } from '../test/bench.ts';
import { timeout, type TimeoutOptions } from './index.ts';

describe('the options', () => {
  it.each<[TimeoutOptions, string]>([
    [{ idleMs: 0 }, 'timeout.idleMs: expected a duration in milliseconds, more than 0, got 0'],
    [
      { attemptMs: Number.POSITIVE_INFINITY },
      'timeout.attemptMs: expected a duration in milliseconds, more than 0, got Infinity',
    ],
    [{ minTokensPerSecond: -1 }, 'timeout.minTokensPerSecond: expected tokens per second, more than 0, got -1'],
    [{ timeoutMs: 1 } as TimeoutOptions, 'timeout.timeoutMs: expected one of attemptMs, headersMs,'],
    [{ limits: {} } as unknown as TimeoutOptions, 'timeout.limits: expected a function, got an object'],
  ])('%j are refused with the option, the rule and the value', (options, message) => {
    expect(() => timeout(options)).toThrow(OptionError);
    expect(() => timeout(options)).toThrow(message);
  });

  it('are described', () => {
    expect(timeout().describe?.()).toBe("each attempt's share of the deadline");
    expect(timeout({ idleMs: 5000, firstContentMs: 20_000, limits: () => undefined }).describe?.()).toBe(
      'idleMs 5000, firstContentMs 20000, limits by call',
    );
  });

  it('cost nothing where a call has none of them: it goes on as it is', async () => {
    const { calls, post } = bench((of) => timedAnswer(of, []), { limits: () => undefined });
    const { signal } = new AbortController();
    await post('chat', { signal });
    expect(calls[0]?.signal).toBe(signal);
  });
});

describe('limits by call', () => {
  it('take the place of the others one by one, and lift what they leave undefined', async () => {
    const { clock, post } = bench(() => hang, {
      headersMs: 500,
      attemptMs: 2000,
      limits: ({ route }) => (route.operation === 'responses' ? { headersMs: undefined } : undefined),
    });
    const chat = expect(post('chat')).rejects.toMatchObject({ code: 'headers_timeout' });
    const responses = expect(post('responses')).rejects.toMatchObject({ code: 'attempt_timeout' });
    await clock.advance(500);
    await chat;
    await clock.advance(1500);
    await responses;
  });

  it('may be all that there are', async () => {
    const { clock, post } = bench((of) => timedAnswer(of, [[0, events.chat.word]]), {
      limits: ({ body }) => (body.model === 'gpt-5' ? { idleMs: 500 } : undefined),
    });
    const text = post().then((response) => response.text());
    await clock.advance(500);
    expect(await text).toContain('stream_idle_timeout');
  });

  it.each<[string, TimeoutOptions['limits']]>([
    [
      'throw',
      () => {
        throw new Error('no');
      },
    ],
    ['are no limits', () => ({ headersMs: -1 })],
  ])('that %s are reported, and the others hold', async (_name, limits) => {
    const { clock, warnings, post } = bench(() => hang, { headersMs: 500, ...(limits && { limits }) });
    const rejected = expect(post()).rejects.toMatchObject({ code: 'headers_timeout' });
    await clock.advance(500);
    await rejected;
    expect(warnings).toEqual(['holdfast default: timeout.limits threw']);
  });
});
