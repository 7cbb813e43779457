import { OptionError } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { describeEngine } from '../test/describe-engine.ts';
import { cockatielEngine } from './cockatiel.ts';
import { circuitEngine, type CircuitOptions } from './index.ts';
import { opossumEngine } from './opossum.ts';

const engines = { circuitEngine, opossumEngine, cockatielEngine };

for (const [name, create] of Object.entries(engines)) describeEngine(name, create);

describe.each(Object.entries(engines))('%s', (name, create) => {
  it('says what opened a circuit, and how many probes failed since', async () => {
    const clock = new ManualClock();
    const because: string[] = [];
    const engine = create({
      clock,
      openMs: 30_000,
      openGrowth: 1,
      openJitterRatio: 0,
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
      await clock.advance(30_000);
      run('fail');
    }
    expect(engine.acquire('k')).toMatchObject({ because: '5 of 10 calls failed within 60 s, and 2 probes since' });
    await clock.advance(30_000);
    engine.acquire('k');
    await clock.advance(60_000);
    expect(engine.acquire('k')).toMatchObject({ because: '5 of 10 calls failed within 60 s, and 3 probes since' });
    const again = 'its open time has passed';
    expect(because).toEqual([
      '5 of 10 calls failed within 60 s',
      ...[again, 'its probe failed', again, 'its probe failed'],
      ...[again, 'its probe did not end within 60 s'],
    ]);
  });

  it.each([
    [{ windowMs: 0 }, 'windowMs: expected a duration in milliseconds, above 0, got 0'],
    [{ failureThreshold: 50 }, 'failureThreshold: expected a ratio between 0 and 1, got 50'],
    [{ probes: 0 }, 'probes: expected a whole number from 1, got 0'],
    [{ openGrowth: 0.5 }, 'openGrowth: expected a number from 1, got 0.5'],
    [{ clock: Date }, 'clock: expected a clock, with monotonic(), got a function'],
    [{ resetTimeout: 1 }, 'resetTimeout: expected one of windowMs,'],
  ])('refuses %j', (options, message) => {
    const make = () => create(options as unknown as CircuitOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`${name}.${message}`);
  });
});
