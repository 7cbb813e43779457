import { pipeline } from '@holdfast/core';
import { faults, ManualClock, startUpstream, type FaultRule } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { slicing } from '../test/bench.ts';
import { timeout, type TimeoutOptions } from './index.ts';

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold.' }] };

/** The real client over real HTTP to an upstream that does as `rule` says, on a clock that is moved by hand. */
async function setUp(rule: FaultRule, options: TimeoutOptions = {}, slices?: number) {
  const clock = new ManualClock();
  const upstream = await startUpstream({ clock });
  upstream.script(rule);
  const builder = pipeline({ clock });
  if (slices !== undefined) builder.use(slicing(slices));
  const resilient = builder.use(timeout(options)).build();
  const plain = new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, logLevel: 'off', timeout: 600_000 });
  const seen = (count: number) => expect.poll(() => upstream.requests().length, { interval: 2 }).toBe(count);
  return { clock, upstream, seen, client: resilient.wrap(plain) };
}

describe('over real HTTP, the client', () => {
  it.each(['headers', 'body'] as const)(
    'has its answer from the second attempt when the first hangs at its %s',
    async (at) => {
      const { clock, upstream, seen, client } = await setUp({ times: 1, fault: faults.hang({ at }) }, {}, 1500);
      await using _ = upstream;
      const pending = client.chat.completions.create(params);
      await seen(1);
      await pause();
      await clock.advance(1500);
      expect((await pending).choices[0]?.message.content).toBeTruthy();
      expect(upstream.requests()).toHaveLength(2);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('throws a timeout of its own kind when all attempts hang', async () => {
    const { clock, upstream, seen, client } = await setUp({ fault: faults.hang() }, { headersMs: 1000 });
    await using _ = upstream;
    const pending = client.chat.completions.create(params);
    const rejected = expect(pending).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    await seen(1);
    await clock.advance(1000);
    await rejected;
  });

  it('throws what a stream that stalls is told, after every word that came', async () => {
    const { clock, upstream, client } = await setUp(
      { fault: faults.hang({ at: 'body', afterEvents: 3 }) },
      { idleMs: 2000 },
    );
    await using _ = upstream;
    const stream = await client.chat.completions.create({ ...params, stream: true });
    const chunks: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) chunks.push(chunk);
    })();
    const rejected = expect(reading).rejects.toMatchObject({ code: 'stream_idle_timeout', type: 'holdfast_stream' });
    await expect.poll(() => chunks.length, { interval: 2 }).toBe(3);
    await clock.advance(2000);
    await rejected;
    expect(clock.pendingTimers).toBe(0);
  });
});

/** Long enough for what was sent to have come. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
