import { describe, expect, it, vi } from 'vitest';
import { catalog } from './catalog.ts';
import { familyOf } from './families.ts';

describe('families', () => {
  it.each([
    ['gpt-5', { maxOutputTokens: 128_000, maxInputTokens: 272_000, sampling: false, maxTokens: 'never' }],
    ['gpt-5-mini-2025-08-07', { reasoningEfforts: ['minimal', 'low', 'medium', 'high'] }],
    ['gpt-5-nano', { serviceTiers: ['flex'] }],
    ['gpt-5.1', { defaultEffort: 'none', sampling: 'without_reasoning' }],
    ['gpt-5.4-mini', { reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'] }],
    ['gpt-5-pro-2025-10-06', { operations: ['responses'], reasoningEfforts: ['high'] }],
    ['gpt-4.1-nano', { contextTokens: 1_047_576, maxOutputTokens: 32_768 }],
    ['gpt-4o-2024-11-20', { maxOutputTokens: 16_384, jsonSchema: true }],
    ['gpt-4o-2024-05-13', { maxOutputTokens: 4096, jsonSchema: false }],
    ['gpt-4-turbo-2024-04-09', { vision: true, jsonMode: true, jsonSchema: false }],
    ['gpt-3.5-turbo', { vision: false, maxOutputTokens: 4096 }],
    ['o3-mini', { vision: false, parallelToolCalls: false }],
    ['o4-mini-2025-04-16', { vision: true, stop: false }],
    ['openai/gpt-oss-120b', { reasoningEfforts: ['low', 'medium', 'high'] }],
    ['ft:gpt-4o-mini-2024-07-18:acme:bot:abc', { maxOutputTokens: 16_384 }],
    ['text-embedding-3-large', { dimensions: 3072, customDimensions: true }],
  ])('know %s', (model, known) => {
    expect(familyOf(model)).toMatchObject(known);
  });

  it.each(['my-deployment', 'gpt-4o-prod', 'gpt-50', 'o1-mini', 'gpt-7', 'constructor', '', 'not-gpt-4o'])(
    'know nothing of %j',
    (model) => {
      expect(familyOf(model)).toBeUndefined();
    },
  );
});

describe('the catalog', () => {
  it('adds windows and prices for a million tokens, at the rate of ordinary inputs', async () => {
    const models = await catalog({})();
    expect(models('gpt-5-mini-2025-08-07')).toMatchObject({
      contextTokens: 400_000,
      inputUsdPerMillion: 0.25,
      outputUsdPerMillion: 2,
    });
    expect(models('gpt-5.4')).toMatchObject({ inputUsdPerMillion: 2.5, outputUsdPerMillion: 15 });
    expect(models('gpt-4.1')).toMatchObject({ contextTokens: 1_047_576 });
  });

  it('gives a fine-tuned model the window of its base and not its prices', async () => {
    const known = (await catalog({})())('ft:gpt-4o-mini-2024-07-18:acme::1');
    expect(known).toMatchObject({ contextTokens: 128_000, jsonSchema: true });
    expect(known).not.toHaveProperty('inputUsdPerMillion');
  });

  it('lets callers know better, field by field, and knows nothing of names that somebody chose', async () => {
    const models = await catalog({ 'gpt-4o': { maxOutputTokens: 7 }, mine: { vision: false } })();
    expect(models('gpt-4o')).toMatchObject({ maxOutputTokens: 7, vision: true, inputUsdPerMillion: 2.5 });
    expect(models('mine')).toEqual({ vision: false });
    for (const name of ['deployment-1', 'constructor', '__proto__']) expect(models(name)).toBeUndefined();
  });

  it('loads prices once, and only when somebody asks', async () => {
    const load = vi.fn(() => import('@pydantic/genai-prices'));
    const models = catalog({}, load);
    expect(load).not.toHaveBeenCalled();
    expect(await models()).toBe(await models());
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does without prices where they cannot be loaded', async () => {
    const models = await catalog({}, () => Promise.reject(new Error('left out of the bundle')))();
    expect(models('gpt-4o')).toMatchObject({ maxOutputTokens: 16_384 });
    expect(models('gpt-4o')).not.toHaveProperty('inputUsdPerMillion');
  });
});
