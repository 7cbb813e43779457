import { ManualClock } from '@holdfast/testkit';
import { expect, it } from 'vitest';
import { Alarm } from './alarm.ts';

it('an alarm wakes by the earliest time that it was set to, with one timer, and is then free to be set again', async () => {
  const clock = new ManualClock();
  const woken: number[] = [];
  let timers = 0;
  const counting = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer(callback: () => void, delayMs: number) {
      timers++;
      return clock.setTimer(callback, delayMs);
    },
  };
  const alarm = new Alarm(counting, () => void woken.push(clock.monotonic()));
  alarm.setBy(100);
  alarm.setBy(200);
  expect([timers, clock.pendingTimers]).toEqual([1, 1]);
  alarm.setBy(50);
  expect([timers, clock.pendingTimers, alarm.isSet]).toEqual([2, 1, true]);
  await clock.advance(300);
  expect([woken, alarm.isSet]).toEqual([[50], false]);
  alarm.setBy(400);
  alarm.cancel();
  await clock.advance(300);
  expect([woken, clock.pendingTimers]).toEqual([[50], 0]);
});
