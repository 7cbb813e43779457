import type { Timer } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { callOf } from '../test/service.ts';
import { Bucket } from './bucket.ts';
import { Pending } from './pending.ts';
import { Ticket } from './ticket.ts';
import { WaitingRoom } from './waiting-room.ts';

/** A clock as bad as that of the machine: it drops fractions, and rings up to a millisecond early. */
class CoarseClock extends ManualClock {
  set = 0;

  override setTimer(callback: () => void, delayMs: number): Timer {
    this.set++;
    return super.setTimer(callback, Math.max(1, Math.trunc(delayMs)) - 0.4);
  }
}

async function setUpRoom(clock: ManualClock, limit: number) {
  const bucket = new Bucket();
  bucket.assume(limit, clock.monotonic());
  bucket.take(limit, clock.monotonic());
  const admitted: number[] = [];
  const refused: number[] = [];
  const ticket = Object.create(Ticket.prototype) as Ticket;
  const room = new WaitingRoom(clock, {
    readyInMs: (_tokens, nowMs) => bucket.waitMs(1, nowMs),
    admit(pending, nowMs) {
      bucket.take(1, nowMs);
      admitted.push(nowMs);
      pending.settle(ticket);
    },
    gaveUp: () => ({ refused: 'rate_limited_local', reason: 'late', retryAfterMs: undefined }),
  });
  const call = await callOf('{}');
  const join = (waitMs: number): void => {
    const sinceMs = clock.monotonic();
    const settle = (result: object): void => void (result instanceof Ticket || refused.push(clock.monotonic()));
    const options = { tokens: 1, sinceMs, giveUpMs: sinceMs + waitMs, settle, fail: () => undefined };
    room.join(new Pending(call, options, (pending) => room.leave(pending)));
  };
  return { room, join, admitted, refused };
}

describe('a waiting room', () => {
  it('sets one or two timers for each who goes, on a clock that rings early and drops fractions', async () => {
    const clock = new CoarseClock();
    const { join, admitted } = await setUpRoom(clock, 700);
    for (let index = 0; index < 100; index++) join(60_000);
    await clock.advance(10_000);
    expect(admitted).toHaveLength(100);
    expect(admitted.every((atMs, index) => atMs >= ((index + 1) * 60_000) / 700 - 1e-6)).toBe(true);
    expect(clock.set).toBeLessThanOrEqual(210);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not run in circles where the clock is so far on that fractions are lost', async () => {
    const clock = new ManualClock();
    await clock.advance(2 ** 51);
    const { join, admitted } = await setUpRoom(clock, 30_000_000);
    for (let index = 0; index < 50; index++) join(60_000);
    await clock.advance(100);
    expect(admitted).toHaveLength(50);
  });

  it('refuses whoever has waited long enough, the most impatient first, and goes on without them', async () => {
    const clock = new ManualClock();
    const { join, admitted, refused } = await setUpRoom(clock, 60);
    for (const waitMs of [500, 10_000, 700, 2500, 1500]) join(waitMs);
    await clock.advance(10_000);
    expect(admitted).toEqual([1000, 2000]);
    expect(refused).toEqual([500, 700, 1500]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('refuses at once who may not wait at all', async () => {
    const { join, room, refused } = await setUpRoom(new ManualClock(), 60);
    join(0);
    expect([refused, room.size]).toEqual([[0], 0]);
  });
});
