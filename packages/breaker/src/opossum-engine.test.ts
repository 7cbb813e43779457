import { OptionError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { describeEngine } from '../test/describe-engine.ts';
import { opossumEngine, type CircuitOptions } from './index.ts';

describeEngine('opossum', opossumEngine);

describe('opossumEngine', () => {
  it('says what opened a circuit, and how many probes failed since', () => {
    let nowMs = 0;
    const clock = { now: () => nowMs, monotonic: () => nowMs, setTimer: () => expect.unreachable('a timer') };
    const because: string[] = [];
    const engine = opossumEngine({
      clock,
      consecutiveFailures: 0,
      onStateChange: (change) => because.push(change.because),
    });
    const run = (verdict: 'ok' | 'fail') => {
      const permit = engine.acquire('k');
      if (permit.granted) permit.end(verdict);
    };
    for (let call = 0; call < 5; call++) run('ok');
    for (let call = 0; call < 5; call++) run('fail');
    expect(engine.acquire('k')).toMatchObject({ because: '5 of 10 calls failed within 60 s' });
    for (let probe = 0; probe < 2; probe++) {
      nowMs += 30_000;
      run('fail');
    }
    expect(engine.acquire('k')).toMatchObject({
      because: '5 of 10 calls failed within 60 s, and 2 probes since',
    });
    nowMs += 30_000;
    engine.acquire('k');
    nowMs += 60_000;
    expect(engine.acquire('k')).toMatchObject({
      because: '5 of 10 calls failed within 60 s, and 3 probes since',
    });
    expect(because).toEqual([
      '5 of 10 calls failed within 60 s',
      'its open time has passed',
      'its probe failed',
      'its open time has passed',
      'its probe failed',
      'its open time has passed',
      'its probe did not end within 60 s',
    ]);
  });

  it('does not count the failed probes of an earlier outage', () => {
    let nowMs = 0;
    const clock = { now: () => nowMs, monotonic: () => nowMs, setTimer: () => expect.unreachable('a timer') };
    const engine = opossumEngine({ clock, consecutiveFailures: 1 });
    for (const verdict of ['fail', 'fail', 'ok', 'fail'] as const) {
      const permit = engine.acquire('k');
      if (permit.granted) permit.end(verdict);
      nowMs += 30_000;
    }
    nowMs -= 1;
    expect(engine.acquire('k')).toMatchObject({ because: 'a call failed' });
  });

  it.each([
    [{ windowMs: 0 }, 'opossumEngine.windowMs: expected a duration in milliseconds, above 0, got 0'],
    [{ failureThreshold: 50 }, 'opossumEngine.failureThreshold: expected a ratio between 0 and 1, got 50'],
    [{ probes: 0 }, 'opossumEngine.probes: expected a whole number from 1, got 0'],
    [{ clock: Date }, 'opossumEngine.clock: expected a clock, with monotonic(), got a function'],
    [{ resetTimeout: 1 }, 'opossumEngine.resetTimeout: expected one of windowMs,'],
  ])('refuses %j', (options, message) => {
    const create = () => opossumEngine(options as unknown as CircuitOptions);
    expect(create).toThrow(OptionError);
    expect(create).toThrow(message);
  });
});
