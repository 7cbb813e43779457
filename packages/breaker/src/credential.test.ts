import { refusalOf, pipeline, Secret, type Middleware } from '@holdfast/core';
import { errorAnswer, jsonAnswer, ManualClock } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { breaker } from './index.ts';
import { origin } from '../test/service.ts';

const spent = () => errorAnswer(429, { code: 'insufficient_quota' });

/** Calls that sign with keys of their own, or that a layer further in signs with what `idOf` names. */
function setUp(idOf?: (call: number) => string) {
  const clock = new ManualClock();
  const layer = breaker({ openJitterRatio: 0 });
  const broke = new Set<string>();
  const sent: string[] = [];
  let calls = 0;
  const signer: Middleware = {
    name: 'auth',
    layer: 'auth',
    handle(call, next) {
      const id = idOf?.(calls++);
      if (id === undefined) return next(call);
      const secret = Secret.from(`sk-${id}`, id);
      return next(call.with({ credential: { id, kind: 'key', secret, origins: [origin] } }));
    },
  };
  const resilient = pipeline({
    clock,
    fetch: async (_url, init) => {
      const key = new Headers(init?.headers).get('authorization') ?? '';
      sent.push(key);
      return broke.has(key) ? spent() : jsonAnswer();
    },
  })
    .use(layer)
    .use(signer)
    .build();
  const call = async (key: string, model = 'gpt-5') => {
    const response = await resilient.fetch(`${origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, messages: [] }),
    });
    await response.text();
    return response;
  };
  return { clock, layer, broke, sent, call };
}

describe('the circuit of a credential', () => {
  it('opens when its quota is spent, for every model and for nobody else', async () => {
    const { layer, broke, sent, call } = setUp();
    broke.add('Bearer sk-broke');
    for (let index = 0; index < 5; index++) expect((await call('sk-broke', `m${index}`)).status).toBe(429);
    const refused = await call('sk-broke', 'another');
    expect(refusalOf(refused)?.message).toMatch(
      /^The circuit of credential client-\w+ at api\.openai\.com is open: 5 calls in a row failed\./,
    );
    expect(sent).toHaveLength(5);
    expect((await call('sk-rich')).status).toBe(200);
    const states = [...layer.status()].filter(([, state]) => state !== 'closed');
    expect(states).toEqual([[expect.stringMatching(/^https:\/\/api\.openai\.com credential:client-/), 'open']]);
    expect(JSON.stringify([...layer.status()])).not.toContain('sk-');
  });

  it('finds out by a probe that there is money again', async () => {
    const { clock, broke, call } = setUp();
    broke.add('Bearer sk-broke');
    for (let index = 0; index < 6; index++) await call('sk-broke');
    broke.clear();
    await clock.advance(5000);
    expect((await call('sk-broke')).status).toBe(200);
    expect((await call('sk-broke')).status).toBe(200);
  });

  it('is known by its id where a layer further in signs', async () => {
    const { layer, broke, call } = setUp(() => 'team-a');
    broke.add('Bearer sk-team-a');
    for (let index = 0; index < 5; index++) await call('sk-dummy');
    expect((await call('sk-dummy')).status).toBe(503);
    expect(layer.status().get(`${origin} credential:team-a`)).toBe('open');
  });

  it('holds nobody up whose calls take turns among several', async () => {
    const { broke, call } = setUp((index) => (index % 2 === 0 ? 'team-a' : 'team-b'));
    broke.add('Bearer sk-team-a');
    const answers: number[] = [];
    for (let index = 0; index < 40; index++) answers.push((await call('sk-dummy')).status);
    expect(answers.filter((status) => status === 200)).toHaveLength(20);
    expect(answers).not.toContain(503);
  });

  it('is not there for rate limits', async () => {
    const clock = new ManualClock();
    const layer = breaker();
    const fetch = async () => errorAnswer(429, { code: 'rate_limit_exceeded' });
    const resilient = pipeline({ clock, fetch }).use(layer).build();
    const headers = { authorization: 'Bearer sk-one' };
    for (let index = 0; index < 20; index++)
      await resilient.fetch(`${origin}/v1/embeddings`, { method: 'POST', headers, body: '{"model":"m"}' });
    expect([...layer.status().keys()]).toEqual([`${origin} m embeddings`, `${origin} *`]);
  });
});
