import { journeyOf, refusalOf } from '@holdfast/core';
import { startUpstream } from '@holdfast/testkit';
import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { errorOf, keyUpstream, service } from '../../test/key-upstream.ts';
import type { CredentialFunction, RefreshEvent } from '../index.ts';

/** Gives `token-1`, `token-2`, … and notes why it was asked. */
function tokens(): { give: CredentialFunction; readonly asked: boolean[] } {
  const asked: boolean[] = [];
  return { asked, give: async ({ rejected }) => `token-${asked.push(rejected)}` };
}

describe('a function that gives tokens', () => {
  it('is asked at the first use, and then no more while its token is good', async () => {
    const upstream = keyUpstream();
    const { give, asked } = tokens();
    const { call } = service(upstream.fetch, { credentials: give });
    expect(asked).toEqual([]);
    await Promise.all([call(), call(), call()]);
    await call();
    expect(asked).toEqual([false]);
    expect(upstream.seen).toEqual(['token-1', 'token-1', 'token-1', 'token-1']);
  });

  it('is asked once more when its token is rejected, within the same call', async () => {
    const upstream = keyUpstream('token-1');
    const { give, asked } = tokens();
    const events: RefreshEvent[] = [];
    const { call } = service(upstream.fetch, { credentials: give, onRefresh: (event) => events.push(event) });
    const response = await call();
    expect(response.status).toBe(200);
    expect(upstream.seen).toEqual(['token-1', 'token-2']);
    expect(asked).toEqual([false, true]);
    expect(events).toMatchObject([{ credential: 'function#1', result: 'renewed' }]);
    expect(JSON.stringify(journeyOf(response))).toContain('the call goes on with its new one');
  });

  it('law: however many calls are rejected at once, it is asked exactly once per rejected token', async () => {
    const law = fc.asyncProperty(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (calls, expiries, scheduler) => {
        const upstream = keyUpstream();
        const asked: boolean[] = [];
        const credentials: CredentialFunction = ({ rejected }) =>
          scheduler.schedule(Promise.resolve(`token-${asked.push(rejected)}`));
        const fetch: typeof upstream.fetch = async (input, init) => {
          const response = await upstream.fetch(input, init);
          return scheduler.schedule(Promise.resolve(response));
        };
        const { call } = service(fetch, { credentials });
        for (let expiry = 1; expiry <= expiries; expiry++) {
          upstream.revoke(`token-${expiry}`);
          const all = Promise.all(Array.from({ length: calls }, () => call()));
          const responses = await scheduler.waitFor(all);
          expect(responses.every(({ status }) => status === 200)).toBe(true);
        }
        expect(asked).toEqual([false, ...Array.from({ length: expiries }, () => true)]);
      },
    );
    await fc.assert(law, { numRuns: 80 });
  });

  it('is not asked for a late 401 on a token that was replaced meanwhile', async () => {
    const upstream = keyUpstream('token-1');
    const { give, asked } = tokens();
    let letLate!: () => void;
    const late = new Promise<void>((resolve) => (letLate = resolve));
    let first = true;
    const { call } = service(
      async (input, init) => {
        const isFirst = first;
        first = false;
        const response = await upstream.fetch(input, init);
        if (isFirst) await late;
        return response;
      },
      { credentials: give },
    );
    const slow = call();
    await new Promise((resolve) => setImmediate(resolve));
    expect((await call()).status).toBe(200);
    letLate();
    expect((await slow).status).toBe(200);
    expect(asked).toEqual([false, true]);
  });

  it('is believed when its fresh token is rejected too: no third request', async () => {
    const upstream = keyUpstream('token-1', 'token-2', 'token-3');
    const { give, asked } = tokens();
    const { call } = service(upstream.fetch, { credentials: give });
    const response = await call();
    expect(refusalOf(response)).toBeUndefined();
    expect((await errorOf(response)).code).toBe('invalid_api_key');
    expect(upstream.seen).toEqual(['token-1', 'token-2']);
    expect(asked).toEqual([false, true]);
  });

  it('that gives the rejected token again gets no second request with it', async () => {
    const upstream = keyUpstream('stuck');
    const events: RefreshEvent[] = [];
    const onRefresh = (event: RefreshEvent): void => void events.push(event);
    const { call, clock } = service(upstream.fetch, { credentials: () => 'stuck', onRefresh });
    expect((await clock.runUntil(call())).status).toBe(401);
    expect(upstream.seen).toEqual(['stuck']);
    expect(events).toMatchObject([{ result: 'unchanged', trigger: 'rejected' }]);
    expect(clock.monotonic()).toBe(2000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('that throws is named by the class of its error, and asked again once its cooldown is over', async () => {
    const upstream = keyUpstream();
    let sealed = true;
    const credentials = (): string => {
      if (sealed) throw new RangeError('the vault answered: top-secret-token');
      return 'token';
    };
    const { call, clock } = service(upstream.fetch, { credentials }, { random: () => 0.64 });
    const refused = await call();
    const { code, message } = await errorOf(refused);
    expect({ status: refused.status, code }).toEqual({ status: 401, code: 'credentials_exhausted' });
    expect(message).toBe('No usable credential: function#1 failed (RangeError). A call in 640 ms tries again.');
    expect(refusalOf(refused)?.retryAfterMs).toBe(640);
    sealed = false;
    expect((await call()).status).toBe(401);
    await clock.advance(640);
    expect((await call()).status).toBe(200);
  });

  it.each([
    ['', 'function#1: the credential is empty'],
    ['two words', 'function#1: the credential (9 characters) has whitespace'],
    [undefined, 'function#1: expected a credential as a string, got undefined'],
    [{ token: 'abc' }, 'function#1: expected a credential as a string, got object'],
  ])('that gives %j is refused with what is wrong, and without the value', async (value, sentence) => {
    const { call } = service(keyUpstream().fetch, { credentials: (() => value) as CredentialFunction });
    expect((await errorOf(await call())).message).toContain(sentence);
  });

  it('that hangs is given up after its timeout, told so by its signal, and leaves no timer', async () => {
    const upstream = keyUpstream();
    let signal: AbortSignal | undefined;
    const { call, clock } = service(upstream.fetch, {
      credentials: (context) => ((signal = context.signal), new Promise<string>(() => undefined)),
      sourceTimeoutMs: 2000,
    });
    const response = await clock.runUntil(call());
    expect(clock.monotonic()).toBe(2000);
    expect((await errorOf(response)).message).toContain('function#1 did not answer within 2000 ms');
    expect(signal?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(upstream.seen).toEqual([]);
  });

  it('that hangs holds nobody who gives up, and still serves those who wait', async () => {
    const upstream = keyUpstream();
    let give!: (token: string) => void;
    const { call, clock } = service(upstream.fetch, {
      credentials: () => new Promise<string>((resolve) => (give = resolve)),
    });
    const controller = new AbortController();
    const impatient = call({ signal: controller.signal });
    const patient = call();
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await expect(impatient).rejects.toBe(reason);
    give('token');
    expect((await patient).status).toBe(200);
    expect(upstream.seen).toEqual(['token']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives way to the next of its pool when it fails', async () => {
    const upstream = keyUpstream();
    const failing = (): Promise<string> => Promise.reject(new Error('no'));
    const { call } = service(upstream.fetch, { credentials: [failing, 'spare'] });
    for (let index = 0; index < 3; index++) expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['spare', 'spare', 'spare']);
  });

  it('heals the next call when a rejected call could not be sent twice', async () => {
    const upstream = keyUpstream('token-1');
    const { give, asked } = tokens();
    const { call } = service(upstream.fetch, { credentials: give });
    const body = new ReadableStream({ pull: (controller) => controller.close() });
    expect((await call({ body, duplex: 'half' } as RequestInit)).status).toBe(401);
    expect((await call()).status).toBe(200);
    expect(upstream.seen).toEqual(['token-1', 'token-2']);
    expect(asked).toHaveLength(2);
  });
});

describe('the real client over real HTTP', () => {
  const question = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };

  it.each([
    ['its own function', true, ['token-1', 'token-2']],
    // The client asks its function before each request and knows nothing of a 401.
    ["the client's function", false, ['token-1', 'token-1', 'token-2']],
  ])('heals a stream, too, with a new token from %s', async (_name, isOwn, answers) => {
    await using upstream = await startUpstream({ keys: ['token-1', 'token-2'] });
    const asked: string[] = [];
    const give = async (): Promise<string> => answers[asked.push('asked') - 1] ?? 'none left';
    const { resilient } = service((...given) => fetch(...given), isOwn ? { credentials: give } : {});
    const client = resilient.wrap(new OpenAI({ baseURL: upstream.baseURL, apiKey: isOwn ? 'sk-any' : give }));
    const whole = await client.chat.completions.create(question);
    expect(whole.choices[0]?.finish_reason).toBe('stop');

    upstream.revokeKey('token-1');
    let chunks = 0;
    for await (const _chunk of await client.chat.completions.create({ ...question, stream: true })) chunks++;
    expect(chunks).toBeGreaterThan(3);
    expect(asked).toHaveLength(answers.length);
    expect(upstream.log.map(({ status }) => status)).toEqual([200, 401, 200]);
  });
});
