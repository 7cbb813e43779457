import { journeyOf, pipeline } from '@holdfast/core';
import { cannedFetch, errorAnswer, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { fallback } from './index.ts';

const reset = () => new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
const refusedConnection = () =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });

async function asked(path: string, body: object, failure: () => Response | Error) {
  const upstream = cannedFetch(failure, () => jsonAnswer());
  const { fetch } = pipeline({ fetch: upstream })
    .use(fallback({ models: { 'gpt-5': ['gpt-5-mini'] } }))
    .build();
  const init = { method: 'POST', body: JSON.stringify({ model: 'gpt-5', ...body }) };
  const end: unknown = await fetch(`https://api.openai.com/v1${path}`, init).catch((error: unknown) => error);
  return { requests: upstream.calls.length, story: JSON.stringify(journeyOf(end)) };
}

describe('what must not be done twice', () => {
  it('a background response that may have been created is not created again elsewhere', async () => {
    const { requests, story } = await asked('/responses', { background: true }, reset);
    expect(requests).toBe(1);
    expect(story).toContain('the background response may have been created');
  });

  it.each([
    ['never left', { background: true }, refusedConnection],
    ['was answered with an error', { background: true }, () => errorAnswer(503)],
    ['is no background response', {}, reset],
  ])('one that %s is', async (_name, body, failure) => {
    expect((await asked('/responses', body, failure)).requests).toBe(2);
  });

  it.each(['/fine_tuning/jobs', '/assistants', '/batches'])(
    'a creation at %s is never given another model',
    async (path) => {
      expect((await asked(path, {}, () => errorAnswer(503))).requests).toBe(1);
    },
  );
});
