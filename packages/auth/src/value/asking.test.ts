import { refusalOf, sleep } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import type { CredentialSource, RefreshEvent } from '../index.ts';

describe('a source', () => {
  it('that never answers is a typed error within its time, and holds nobody who gives up', async () => {
    const clock = new ManualClock();
    const options = { credentials: () => new Promise<string>(() => undefined), sourceTimeoutMs: 200 };
    const { call } = service(keyUpstream().fetch, options, { clock });
    const controller = new AbortController();
    const impatient = call({ signal: controller.signal });
    const patient = call();
    void sleep(clock, 40).then(() => controller.abort(new Error('no longer wanted')));
    await expect(clock.runUntil(impatient)).rejects.toThrow('no longer wanted');
    expect(clock.monotonic()).toBe(40);
    const refused = await clock.runUntil(patient);
    expect(clock.monotonic()).toBe(200);
    expect(refusalOf(refused)?.code).toBe('credentials_exhausted');
    expect((await errorOf(refused)).message).toContain('function#1 did not answer within 200 ms');
    expect(clock.pendingTimers).toBe(0);
  });

  it('that asks for its own credential waits for itself no longer than its time, and is asked once', async () => {
    const clock = new ManualClock();
    let asked = 0;
    const made = service(
      keyUpstream().fetch,
      { credentials: async () => (asked++, (await made.call()).text()), sourceTimeoutMs: 200 },
      { clock },
    );
    expect((await clock.runUntil(made.call())).status).toBe(401);
    expect(asked).toBe(1);
  });

  it('is watched from its first use: its new value takes the place of the old one without a call that fails', async () => {
    let value = 'a';
    let changed = (): void => undefined;
    let watches = 0;
    const source: CredentialSource = {
      id: 'file',
      kind: 'token',
      read: () => value,
      watch: (told) => ((changed = told), watches++, () => void watches--),
    };
    const events: RefreshEvent[] = [];
    const upstream = keyUpstream();
    const onRefresh = (event: RefreshEvent): void => void events.push(event);
    const { call, layer } = service(upstream.fetch, { credentials: source, onRefresh });
    expect(watches).toBe(0);
    await call();
    value = 'b';
    changed();
    await new Promise((resolve) => setImmediate(resolve));
    upstream.revoke('a');
    expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['a', 'b']);
    expect(events).toMatchObject([{ trigger: 'changed', result: 'renewed', credential: 'file' }]);
    expect(events[0]).not.toHaveProperty('callId');
    expect(watches).toBe(1);
    await layer.close();
    expect(watches).toBe(0);
    changed();
    expect(events).toHaveLength(1);
  });

  it('whose change could not be read is asked again after its cooldown, by the first call', async () => {
    let value: string | undefined = 'a';
    let changed = (): void => undefined;
    const read = (): string => {
      if (value === undefined) throw new Error('half written');
      return value;
    };
    const source: CredentialSource = { id: 'file', kind: 'key', read, watch: (told) => ((changed = told), () => {}) };
    const upstream = keyUpstream();
    const { call, clock } = service(upstream.fetch, { credentials: source }, { random: () => 0.5 });
    await call();
    value = undefined;
    changed();
    await clock.advance(0);
    value = 'b';
    await call();
    await clock.advance(500);
    await call();
    await clock.advance(0);
    await call();
    expect(upstream.seen).toEqual(['a', 'a', 'a', 'b']);
  });

  it('that changes while it is read is read once more', async () => {
    const answers: ((value: string) => void)[] = [];
    let changed = (): void => undefined;
    const read = (): Promise<string> => new Promise((resolve) => answers.push(resolve));
    const source: CredentialSource = { id: 'file', kind: 'token', read, watch: (told) => ((changed = told), () => {}) };
    const upstream = keyUpstream();
    const { call, clock } = service(upstream.fetch, { credentials: source });
    const first = call();
    await clock.advance(0);
    changed();
    answers.shift()?.('a');
    await first;
    await call();
    await clock.advance(0);
    answers.shift()?.('b');
    await clock.advance(0);
    await call();
    expect(upstream.seen).toEqual(['a', 'a', 'b']);
  });

  it('is left alone after close, and what is under way ends', async () => {
    let signal: AbortSignal | undefined;
    const { call, layer, clock } = service(keyUpstream().fetch, {
      credentials: (context) => ((signal = context.signal), new Promise<string>(() => undefined)),
    });
    const waiting = call();
    await clock.advance(0);
    await layer.close();
    expect((await waiting).status).toBe(401);
    expect(signal?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is asked by hand, and its new value is used from then on', async () => {
    const upstream = keyUpstream();
    let asked = 0;
    const { call, layer } = service(upstream.fetch, { credentials: [() => `t${++asked}`, 'key'] });
    await call();
    await layer.refresh('function#1');
    await layer.refresh();
    await call();
    await call();
    expect(upstream.seen).toEqual(['t1', 'key', 't3']);
    await expect(layer.refresh('nobody')).rejects.toThrow('one of function#1, key#2');
  });
});
