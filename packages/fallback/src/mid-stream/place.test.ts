import { pipeline, Secret, type Middleware } from '@holdfast/core';
import { faults, startUpstream, type Upstream } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { heard, told, words20 } from '../../test/stream-bench.ts';
import { fallback, type FallbackOptions } from '../index.ts';

const keys = [
  { key: 'sk-of-first-project', label: 'first', project: 'one' },
  { key: 'sk-of-other-project', label: 'other', project: 'two' },
];
const post = { method: 'POST' };
const cutPost = { times: 1, match: post, fault: faults.cutStream({ afterEvents: 12 }) };
const twenty = { fault: faults.answer({ text: words20 }) };

/** Gives each attempt the next of two keys, as a pool does, and leaves a call alone that has its own. */
function alternating(upstream: Upstream): Middleware {
  let turn = 0;
  return {
    name: 'auth',
    layer: 'auth',
    handle(call, next) {
      if (call.header('authorization') === null) return next(call);
      const { key, label } = keys[turn++ % 2] as (typeof keys)[0];
      const secret = Secret.from(key, label);
      return next(call.with({ credential: { id: label, kind: 'key', secret, origins: [upstream.url] } }));
    },
  };
}

function clientOf(upstream: Upstream, options: FallbackOptions): OpenAI {
  const layers = pipeline().use(fallback(options)).use(alternating(upstream));
  return layers.build().wrap(new OpenAI({ apiKey: 'sk-client', baseURL: upstream.baseURL, logLevel: 'off' }));
}

describe('a stream that is mended', () => {
  it('is read on by the key that made it, whichever is next', async () => {
    await using upstream = await startUpstream({ keys, script: [twenty, cutPost] });
    const client = clientOf(upstream, { models: { 'gpt-5': ['gpt-5-mini'] } });
    const { text, error } = await told(client, { background: true });
    expect([text, error]).toEqual([words20, undefined]);
    expect(upstream.log.map(({ method, keyLabel }) => `${method} ${keyLabel}`)).toEqual(['POST first', 'GET first']);
  });

  it('is read on at the endpoint that made it', async () => {
    await using own = await startUpstream({ keys, script: [{ fault: faults.overloaded() }] });
    await using backup = await startUpstream({ keys: ['sk-of-backup'], script: [twenty, cutPost] });
    const endpoints = { backup: { baseURL: backup.baseURL, apiKey: 'sk-of-backup' } };
    const client = clientOf(own, { models: { 'gpt-5': [{ endpoint: 'backup' }] }, endpoints });
    const { text, error } = await told(client, { background: true });
    expect([text, error]).toEqual([words20, undefined]);
    expect([own.log.length, backup.log.map(({ method }) => method)]).toEqual([1, ['POST', 'GET']]);
  });

  it('is continued by the endpoint and the model that began it', async () => {
    const [head, rest] = [words20.slice(0, 55), words20.slice(55)];
    await using own = await startUpstream({ keys, script: [{ fault: faults.overloaded() }] });
    await using backup = await startUpstream({
      keys: ['sk-of-backup'],
      script: [
        { times: 1, fault: faults.answer({ text: head }) },
        { after: 1, fault: faults.answer({ text: rest }) },
        { times: 1, fault: faults.cutStream({ afterEvents: 1 + head.trim().split(' ').length }) },
      ],
    });
    const client = clientOf(own, {
      models: { 'gpt-5': [{ endpoint: 'backup', model: 'gpt-4.1' }] },
      endpoints: { backup: { baseURL: backup.baseURL, apiKey: 'sk-of-backup' } },
      midStream: { chat: { policy: 'continue' } },
    });
    const { text, error, ids } = await heard(client);
    expect([text, error, ids]).toEqual([words20, undefined, 1]);
    expect(backup.log.map(({ model }) => model)).toEqual(['gpt-4.1', 'gpt-4.1']);
    expect(own.log).toHaveLength(1);
  });
});
