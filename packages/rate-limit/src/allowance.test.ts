import { describe, expect, it } from 'vitest';
import { told } from '../test/service.ts';
import { Allowance } from './allowance.ts';

/** An allowance of so many requests a minute, of which so many are left. */
function requestsLeft(limit: number, remaining: number, spreadMs = 5000): Allowance {
  const allowance = new Allowance(spreadMs);
  const taken = allowance.take(1, 0);
  allowance.believe(new Headers(told('requests', limit, remaining)), taken, 0);
  return allowance;
}

/** When calls went that were looked after every `stepMs`, as timers do. */
function gone(allowance: Allowance, untilMs: number, stepMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += stepMs)
    while (allowance.readyInMs(1, nowMs) <= 0) {
      allowance.take(1, nowMs);
      times.push(nowMs);
    }
  return times;
}

describe('an allowance', () => {
  it('lets calls go as they come above half of a limit', () => {
    expect(gone(requestsLeft(1000, 900), 1, 1).length).toBeGreaterThanOrEqual(400);
  });

  it('spreads what is left below half of a limit, and slows down as it gets less', () => {
    const times = gone(requestsLeft(600, 250), 20_000, 1);
    const inSecond = (second: number): number => times.filter((atMs) => Math.floor(atMs / 1000) === second).length;
    expect(inSecond(0)).toBeGreaterThan(35);
    expect(inSecond(0)).toBeLessThan(65);
    expect(inSecond(19)).toBeLessThan(14);
    expect(times.length).toBeLessThanOrEqual(250 + 200);
  });

  it('spreads nothing where it is told so', () => {
    expect(gone(requestsLeft(600, 250, 0), 1, 1)).toHaveLength(250);
  });

  it('uses a limit of ten calls a millisecond whole, with timers that come once a millisecond', () => {
    expect(gone(requestsLeft(600_000, 0), 2000, 1).length).toBeGreaterThan(19_000);
  });

  it('expects a call that is larger than the limit to wait for a full bucket and no longer', () => {
    const allowance = new Allowance(0);
    const taken = allowance.take(1, 0);
    allowance.believe(new Headers(told('tokens', 600, 0)), taken, 0);
    expect(allowance.expectedMs(6000, { calls: 0, tokens: 0 }, 0)).toBe(60_000);
    expect(allowance.expectedMs(6000, { calls: 1, tokens: 600 }, 0)).toBe(120_000);
  });

  it('expects those ahead to go first', () => {
    const allowance = requestsLeft(60, 0, 0);
    expect(allowance.expectedMs(1, { calls: 9, tokens: 0 }, 0)).toBe(10_000);
  });
});
