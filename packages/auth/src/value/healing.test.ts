import { journeyOf, refusalOf, sleep } from '@holdfast/core';
import { ManualClock, startUpstream } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import type { RefreshEvent } from '../index.ts';

describe('one stale token under many calls', () => {
  it('50 calls, rejected one after the other over 30 ms: one refresh, 50 answers, each sent twice at most', async () => {
    const clock = new ManualClock();
    const upstream = keyUpstream('token-1');
    let started = 0;
    let asked = 0;
    const events: RefreshEvent[] = [];
    const { call } = service(
      async (input, init) => {
        const delayMs = started < 50 ? (started++ * 30) / 49 : 5;
        const response = await upstream.fetch(input, init);
        await sleep(clock, delayMs);
        return response;
      },
      {
        credentials: async () => (await sleep(clock, 10), `token-${++asked}`),
        onRefresh: (event) => void events.push(event),
      },
      { clock },
    );
    const responses = await clock.runUntil(Promise.all(Array.from({ length: 50 }, () => call())));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(asked).toBe(2);
    expect(events).toHaveLength(1);
    for (const response of responses) expect(journeyOf(response)?.attempts).toBe(2);
  });

  it('revoked at 1 s under 100 calls a second, its successor there at 1.2 s: nobody notices, one refresh', async () => {
    const clock = new ManualClock();
    const upstream = keyUpstream();
    const events: RefreshEvent[] = [];
    const { call } = service(
      upstream.fetch,
      {
        credentials: () => (clock.monotonic() < 1200 ? 'key-a' : 'key-b'),
        onRefresh: (event) => void events.push(event),
      },
      { clock },
    );
    const calls: Promise<Response>[] = [];
    for (let index = 0; index < 200; index++) {
      if (clock.monotonic() >= 1000) upstream.revoke('key-a');
      calls.push(call());
      await clock.advance(10);
    }
    const statuses = (await clock.runUntil(Promise.all(calls))).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 200 }, () => 200));
    expect(events).toMatchObject([{ trigger: 'rejected', result: 'renewed' }]);
    expect(events[0]?.durationMs).toBeLessThan(700);
  });

  it('whose successor is rejected too: 1000 calls get the 401 and ask for nothing', async () => {
    const clock = new ManualClock();
    const upstream = keyUpstream('t1', 't2', 't3', 't4');
    let asked = 0;
    const { call } = service(upstream.fetch, { credentials: () => `t${++asked}` }, { clock });
    for (let index = 0; index < 1000; index++) {
      const response = await call();
      expect(refusalOf(response)).toBeUndefined();
      expect((await errorOf(response)).code).toBe('invalid_api_key');
    }
    expect(asked).toBe(2);
    await clock.advance(60_000);
    await call();
    await call();
    expect(asked).toBe(3);
  });

  it('that heals itself meanwhile needs no refresh: a token that was accepted is on no trial', async () => {
    const upstream = keyUpstream('t1');
    let asked = 0;
    const { call } = service(upstream.fetch, { credentials: () => `t${++asked}` });
    for (let index = 1; index < 6; index++) {
      expect((await call()).status).toBe(200);
      upstream.revoke(`t${asked}`);
    }
    expect((await call()).status).toBe(200);
    expect(asked).toBe(7);
  });

  it('whose source fails is a refusal that says when, and upstream hears of it no more meanwhile', async () => {
    const upstream = keyUpstream('t1');
    let asked = 0;
    const credentials = (): string => {
      if (++asked > 1) throw new Error('down');
      return 't1';
    };
    const { call, clock } = service(upstream.fetch, { credentials }, { random: () => 0.5 });
    for (let index = 0; index < 20; index++) expect(refusalOf(await call())?.retryAfterMs).toBe(500);
    expect({ asked, sent: upstream.seen.length }).toEqual({ asked: 2, sent: 1 });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the real client over real HTTP', () => {
  it('gets 30 answers at once, plain and streamed, while its key dies and the next is slow to come', async () => {
    await using upstream = await startUpstream({ keys: ['sk-a', 'sk-b'] });
    let asked = 0;
    // Twice more the dead key, as a file has it that has not been replaced yet.
    const { resilient, clock, layer } = service((...given) => fetch(...given), {
      credentials: async () => (++asked < 4 ? 'sk-a' : 'sk-b'),
    });
    const client = resilient.wrap(new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-any' }));
    const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };
    await client.chat.completions.create(question);
    upstream.revokeKey('sk-a');
    const ask = async (index: number): Promise<boolean> => {
      if (index % 2 === 0) return (await client.chat.completions.create(question)).choices.length > 0;
      let chunks = 0;
      for await (const _chunk of await client.chat.completions.create({ ...question, stream: true })) chunks++;
      return chunks > 3;
    };
    const all = await clock.runUntil(Promise.all(Array.from({ length: 30 }, (_, index) => ask(index))));
    expect(all).toEqual(Array.from({ length: 30 }, () => true));
    expect(asked).toBe(4);
    expect(upstream.log.filter(({ status }) => status === 200)).toHaveLength(31);
    expect(layer.status()).toMatchObject([{ id: 'function#1', state: 'active' }]);
    await resilient.close();
  });

  it('sees a dead key of three never, and a refusal of its own class when all are dead', async () => {
    await using upstream = await startUpstream({ keys: ['sk-a', 'sk-b', 'sk-c'] });
    const { resilient } = service((...given) => fetch(...given), { credentials: ['sk-a', 'sk-b', 'sk-c'] });
    const client = resilient.wrap(new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-any' }));
    const ask = (): Promise<unknown> =>
      client.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content: 'Hold?' }] });
    upstream.revokeKey('sk-b');
    for (let index = 0; index < 9; index++) await ask();
    expect(upstream.log.filter(({ status }) => status === 401)).toHaveLength(1);
    upstream.revokeKey('sk-a');
    upstream.revokeKey('sk-c');
    await expect(ask()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 401, code: 'credentials_exhausted' });
    expect(refusalOf(error)?.retryAfterMs).toBeGreaterThan(0);
  });
});
