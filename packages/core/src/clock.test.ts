import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../test/parts.ts';
import { sleep, systemClock, systemRandom } from './clock.ts';
import { deadlineSignal, isPast } from './deadline.ts';

describe('the clock of the machine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps delays that setTimeout would fire at once', () => {
    const fired = vi.fn();
    const delayMs = 2 ** 31 * 2 + 5;
    systemClock.setTimer(fired, delayMs);
    vi.advanceTimersByTime(delayMs - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('cancels a timer at any moment, and more than once', () => {
    const fired = vi.fn();
    const timer = systemClock.setTimer(fired, 2 ** 32);
    vi.advanceTimersByTime(2 ** 31 + 10);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(2 ** 33);
    expect(fired).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes a delay of the past for now, and none for ever as for ever', () => {
    const [now, never] = [vi.fn(), vi.fn()];
    systemClock.setTimer(now, -5);
    systemClock.setTimer(never, Infinity).cancel();
    vi.advanceTimersByTime(0);
    expect(now).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells the time twice over, and chance between 0 and 1', () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
    expect(systemClock.monotonic()).toBeLessThanOrEqual(systemClock.monotonic());
    const chance = systemRandom();
    expect(chance >= 0 && chance < 1).toBe(true);
  });
});

/** Counts the abort listeners on a signal. */
function listenersOf(signal: AbortSignal): () => number {
  let live = 0;
  vi.spyOn(signal, 'addEventListener').mockImplementation(function (this: AbortSignal, ...args) {
    live++;
    EventTarget.prototype.addEventListener.apply(this, args as never);
  });
  vi.spyOn(signal, 'removeEventListener').mockImplementation(function (this: AbortSignal, ...args) {
    live--;
    EventTarget.prototype.removeEventListener.apply(this, args as never);
  });
  return () => live;
}

describe('sleep', () => {
  it('wakes on time and leaves no listener behind', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const listeners = listenersOf(signal);
    const slept = vi.fn();
    void sleep(clock, 100, signal).then(slept);
    await clock.advance(99);
    expect([slept.mock.calls.length, listeners()]).toEqual([0, 1]);
    await clock.advance(1);
    expect([slept.mock.calls.length, listeners()]).toEqual([1, 0]);
  });

  it.each([
    ['an error', new Error('enough')],
    ['null', null],
    ['nothing', undefined],
  ])('rejects at once with %s for the reason and leaves no timer', async (_name, reason) => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const pending = sleep(clock, 100, controller.signal);
    controller.abort(reason);
    await expect(pending).rejects.toBe(controller.signal.reason);
    expect(clock.pendingTimers).toBe(0);
    await expect(sleep(clock, 100, controller.signal)).rejects.toBe(controller.signal.reason);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('deadlineSignal', () => {
  it('ends with the deadline, named so that clients see a timeout', async () => {
    const clock = new ManualClock();
    const { signal } = deadlineSignal(clock, 100, undefined);
    await clock.advance(100);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError', code: 'deadline_exceeded' });
  });

  it('ends with its parent, before or after, and lets go of both', () => {
    const clock = new ManualClock();
    const parent = new AbortController();
    const listeners = listenersOf(parent.signal);
    const first = deadlineSignal(clock, 100, parent.signal);
    const second = deadlineSignal(clock, 100, parent.signal);
    second.release();
    parent.abort('enough');
    expect([first.signal.reason, second.signal.aborted]).toEqual(['enough', false]);
    first.release();
    expect([clock.pendingTimers, listeners()]).toEqual([0, 0]);
    expect(deadlineSignal(clock, 100, parent.signal).signal.reason).toBe('enough');
  });

  it('takes a client that is a moment early for the deadline', async () => {
    const clock = new ManualClock();
    await clock.advance(85);
    expect([isPast(100, clock), isPast(200, clock), isPast(undefined, clock)]).toEqual([true, false, false]);
  });
});
