import { fault, journeyOf, pipeline, refuse, type Call, type FaultKind, type Middleware } from '@holdfast/core';
import { cannedFetch, errorAnswer, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { fallback, type FallbackOptions } from './index.ts';

/** Says no to one model for a reason of ours. */
const refusing = (model: string, code: 'budget_exceeded' | 'credentials_exhausted'): Middleware => ({
  name: 'refusing',
  layer: 'rateLimit',
  handle: (call, next) =>
    call.body.model === model && call.credential === undefined
      ? Promise.resolve(refuse(call, { layer: 'refusing', code, message: 'No.' }))
      : next(call),
});

async function askedAfter(code: Parameters<typeof refusing>[1], options: FallbackOptions) {
  const upstream = cannedFetch(() => jsonAnswer());
  const { fetch } = pipeline({ fetch: upstream }).use(fallback(options)).use(refusing('gpt-5', code)).build();
  const response = await fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: 'Bearer sk-x' },
    body: JSON.stringify({ model: 'gpt-5', messages: [] }),
  });
  const skipped = journeyOf(response)?.entries.flatMap((entry) =>
    entry.type === 'decision' && entry.action.startsWith('skip') ? [entry.reason] : [],
  );
  return { status: response.status, hosts: upstream.calls.map(({ url }) => new URL(url).hostname), skipped };
}

const endpoints = { other: { baseURL: 'https://other.test/v1', apiKey: 'sk-other' } };

describe('a rung is tried where it can be better', () => {
  it('a spent budget: with a model that costs less', async () => {
    expect(await askedAfter('budget_exceeded', { models: { 'gpt-5': ['gpt-5-mini'] } })).toMatchObject({ status: 200 });
    const dearer = await askedAfter('budget_exceeded', { models: { 'gpt-5': ['o1'] } });
    expect(dearer).toEqual({
      status: 429,
      hosts: [],
      skipped: ['gpt-5: budget_exceeded; it is not known to be cheaper'],
    });
  });

  it('no credential left: at another endpoint, which has its own', async () => {
    const models = { 'gpt-5': ['gpt-5-mini', { endpoint: 'other' }] };
    expect(await askedAfter('credentials_exhausted', { endpoints, models })).toMatchObject({
      status: 200,
      hosts: ['other.test'],
    });
  });

  it.each<[FaultKind, number]>([
    ['overloaded', 2],
    ['bad_request', 1],
    ['content_filtered', 1],
  ])('%s: as the table says', async (kind, requests) => {
    const status = { overloaded: 503, bad_request: 400, content_filtered: 400 }[kind as 'overloaded'];
    const code = kind === 'content_filtered' ? { code: 'content_filter' } : {};
    const upstream = cannedFetch(() => errorAnswer(status, code));
    const { fetch } = pipeline({ fetch: upstream })
      .use(fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }))
      .build();
    await fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-5"}' });
    expect(upstream.calls).toHaveLength(requests);
    expect(fault(kind).fallsBack).toBe(requests === 2);
  });

  it('a pinned client leaves its region only for one that is named', async () => {
    const asked = async (regions: readonly string[]): Promise<string[]> => {
      const upstream = cannedFetch(() => errorAnswer(503));
      const us = { us: { baseURL: 'https://us.api.openai.com/v1', apiKey: 'sk-us', region: 'us' } };
      const { fetch } = pipeline({ fetch: upstream })
        .use(fallback({ endpoints: us, models: { 'gpt-5': [{ endpoint: 'us' }] }, regions }))
        .build();
      await fetch('https://eu.api.openai.com/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-5"}' });
      return upstream.calls.map(({ url }) => new URL(url).hostname);
    };
    expect(await asked([])).toEqual(['eu.api.openai.com']);
    expect(await asked(['us'])).toEqual(['eu.api.openai.com', 'us.api.openai.com']);
  });
});

describe('the patience with a server that says when to come back', () => {
  const patienceOf = async (options: FallbackOptions, body: object = {}): Promise<number | undefined> => {
    let seen: Call | undefined;
    const looking: Middleware = {
      name: 'looking',
      layer: 'retry',
      handle: (call, next) => next((seen = call)),
    };
    const { fetch } = pipeline({ fetch: cannedFetch(() => jsonAnswer()) })
      .use(fallback(options))
      .use(looking)
      .build();
    const text = JSON.stringify({ model: 'gpt-5', ...body });
    await fetch('https://api.openai.com/v1/responses', { method: 'POST', body: text });
    return seen?.patienceMs;
  };

  it('is short only where there is somewhere else to go', async () => {
    const elsewhere = { endpoints, models: { 'gpt-5': [{ endpoint: 'other' }] } };
    expect(await patienceOf({ models: { 'gpt-5': ['gpt-5-mini'] } })).toBe(2000);
    expect(await patienceOf(elsewhere)).toBe(2000);
    expect(await patienceOf(elsewhere, { previous_response_id: 'resp_1' })).toBeUndefined();
    expect(await patienceOf({ models: { 'gpt-5': [{ model: 'gpt-4.1', when: ['context_length'] }] } })).toBeUndefined();
    expect(await patienceOf({ models: {}, midStream: {} }, { stream: true })).toBeUndefined();
  });
});
