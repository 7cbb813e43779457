import { journeyOf, refusalOf } from '@holdfast/core';
import { cannedFetch, errorAnswer, hang } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { down, dying, good, readAll, setUp, whole, type Answer } from '../test/service.ts';

describe('the way back', () => {
  const tripped = async (...afterwards: readonly Answer[]) => {
    const upstream = cannedFetch(down, down, down, down, down, ...afterwards);
    const ready = setUp(upstream);
    await ready.calls(5);
    await ready.clock.advance(30_000);
    return { ...ready, upstream };
  };

  it('lets one probe through after openMs, says so in its journey, and closes on its success', async () => {
    const { call, state, upstream } = await tripped(good);
    const probe = await call();
    const others = await Promise.all([call(), call()]);
    expect(others.map(({ status }) => status)).toEqual([503, 503]);
    expect(refusalOf(others[0])?.message).toBe(
      'The circuit of gpt-5 chat at api.openai.com is half open: 5 calls in a row failed. ' +
        'A probe is under way and decides within 60 s.',
    );
    expect(upstream.calls).toHaveLength(6);
    expect(state()).toBe('half_open');
    await probe.text();
    expect(state()).toBe('closed');
    expect(journeyOf(probe)?.entries[0]).toMatchObject({
      type: 'decision',
      layer: 'breaker',
      action: 'probe',
    });
  });

  it('opens again when the stream of the probe dies after good headers', async () => {
    const { calls, call, state } = await tripped(dying);
    await calls(1);
    expect(state()).toBe('open');
    expect(refusalOf(await call())?.message).toContain('5 calls in a row failed, and a probe since.');
  });

  it('is not closed by a probe that was a wrong request; the next call probes', async () => {
    const { calls, state } = await tripped(() => errorAnswer(400), good);
    await calls(1);
    expect(state()).toBe('half_open');
    await calls(1);
    expect(state()).toBe('closed');
  });

  it('is not held up by a probe whose caller aborts', async () => {
    const { call, calls, state } = await tripped(hang, good);
    const controller = new AbortController();
    const probe = call({ signal: controller.signal });
    controller.abort();
    await expect(probe).rejects.toThrow();
    expect(state()).toBe('half_open');
    await calls(1);
    expect(state()).toBe('closed');
  });

  it('is not held up for ever by a probe that hangs, or whose body nobody reads', async () => {
    const { call, calls, state, clock } = await tripped(good);
    const unread = await call();
    await clock.advance(60_000);
    expect(state()).toBe('open');
    await clock.advance(30_000);
    await calls(1);
    expect(state()).toBe('closed');
    await unread.text();
    expect(state()).toBe('closed');
  });

  it('takes no notice of streams that began before it opened', async () => {
    const upstream = cannedFetch(whole, dying, down);
    const { call, calls, state, clock } = setUp(upstream);
    const early = [await call(), await call()] as const;
    await calls(5);
    await clock.advance(10_000);
    await readAll(Promise.resolve(early[0]));
    expect(state()).toBe('open');
    await clock.advance(20_000);
    expect(state()).toBe('half_open');
    await readAll(Promise.resolve(early[1]));
    expect(state()).toBe('half_open');
  });
});
