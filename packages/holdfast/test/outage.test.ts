import { faults, ManualClock, startUpstream } from '@holdfast/testkit';
import { breaker, fallback, pipeline, retry, transport } from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';

const everyMs = 50;
const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Will it hold?' }] };

describe('an outage of 60 s at 20 calls/s', () => {
  it('is a blip: nearly everybody is answered, the dead target is left in peace, and traffic comes home gently', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({ clock });
    const pooled = transport();
    const openMs = 5000;
    const resilient = pipeline({ service: 'outage', clock, random: () => 0.5 })
      .use(fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }))
      .use(retry({ maxRetries: 0 }))
      .use(breaker({ openMs, maxOpenMs: 8000, rampMs: 15_000 }))
      .use(pooled)
      .build();
    const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, timeout: 600_000 }));
    const play = async (durationMs: number): Promise<(string | undefined)[]> => {
      const by: (string | undefined)[] = [];
      for (let ms = 0; ms < durationMs; ms += everyMs) {
        by.push(
          await client.chat.completions.create(params).then(
            ({ model }) => (model.includes('mini') ? 'below' : 'asked'),
            () => undefined,
          ),
        );
        await clock.advance(everyMs);
      }
      return by;
    };
    await play(5000);
    upstream.script({ match: { model: 'gpt-5' }, fault: faults.overloaded() });
    const before = upstream.requests({ model: 'gpt-5' }).length;
    const outage = await play(60_000);
    const probes = upstream.requests({ model: 'gpt-5' }).length - before - 5;
    upstream.clearScript();
    const answered = outage.slice(5).filter((one) => one !== undefined).length / (outage.length - 5);
    expect(answered).toBeGreaterThanOrEqual(0.999);
    expect(probes).toBeGreaterThan(0);
    expect(probes).toBeLessThanOrEqual(60_000 / openMs);
    const home = await play(60_000);
    const share = (part: readonly (string | undefined)[]): number =>
      part.filter((one) => one === 'asked').length / part.length;
    const slices = Array.from({ length: 6 }, (_, index) => share(home.slice(index * 200, (index + 1) * 200)));
    // Gently: no slice of ten seconds falls behind the one before it, and none jumps from nothing to all.
    expect(slices.every((one, index) => index === 0 || one >= (slices[index - 1] as number) - 0.02)).toBe(true);
    expect(slices.some((one) => one > 0.05 && one < 0.9)).toBe(true);
    expect(share(home.slice(600))).toBeGreaterThanOrEqual(0.95);
    await resilient.close();
  });
});
