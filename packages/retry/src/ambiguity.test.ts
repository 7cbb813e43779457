import { cannedFetch, errorAnswer, streamAnswer, chatChunks } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { good, reasonsOf, refused, reset, setUp, streamBody, thrownBy } from '../test/bench.ts';
import type { RetryOptions } from './index.ts';

const timeout = (): Error => Object.assign(new Error('The attempt took too long.'), { name: 'TimeoutError' });
const status = (code: number) => (): Response => errorAnswer(code);
const json = '{"model":"gpt-5","input":"x"}';
const background = '{"model":"gpt-5","input":"x","background":true}';

/** Sends one request whose first attempt fails with `failure`; tells how many were sent, and why no more. */
async function outcomeOf(
  request: readonly [method: string, path: string, body?: string],
  failure: () => Response | Error,
  options: RetryOptions = {},
): Promise<{ sent: number; reasons: string[] }> {
  const upstream = cannedFetch(failure, good);
  const { clock, send } = setUp(upstream, options);
  const [method, path, body] = request;
  const pending = clock.runUntil(send(method, path, body === undefined ? {} : { body }));
  const result = await pending.catch((error: unknown) => error);
  return { sent: upstream.calls.length, reasons: reasonsOf(result) };
}

describe('a request that may have been processed', () => {
  it.each([
    ['POST', '/chat/completions', json],
    ['POST', '/responses', json],
    ['POST', '/embeddings', json],
    ['POST', '/completions', json],
    ['POST', '/moderations', json],
    ['POST', '/images/generations', json],
    ['POST', '/audio/speech', json],
    ['GET', '/batches/batch_1'],
    ['HEAD', '/models'],
    ['GET', '/organization/projects'],
  ] as const)('is sent again where nothing is left behind: %s %s', async (...request) => {
    for (const failure of [reset, timeout, status(502), status(504)])
      expect((await outcomeOf(request, failure)).sent).toBe(2);
  });

  it.each([
    ['POST', '/batches', json],
    ['POST', '/files', json],
    ['POST', '/vector_stores', json],
    ['POST', '/fine_tuning/jobs', json],
    ['DELETE', '/files/file-1'],
    ['POST', '/organization/projects', json],
    ['POST', '/organization/admin_api_keys', json],
    ['DELETE', '/organization/projects/p/api_keys/k'],
    ['POST', '/responses', background],
  ] as const)('is not sent again where it is a change: %s %s', async (...request) => {
    for (const failure of [reset, timeout, status(502), status(504), status(524)]) {
      const { sent, reasons } = await outcomeOf(request, failure);
      expect(sent).toBe(1);
      expect(reasons).toEqual([expect.stringContaining('may have been processed')]);
    }
  });

  it('says what to configure', async () => {
    const { reasons } = await outcomeOf(['POST', '/batches', json], status(502));
    expect(reasons).toEqual([
      'server_error, and the request may have been processed: sent again it may be done or billed twice; ' +
        "retry({ ambiguous: { other: 'retry' } }) does",
    ]);
  });

  it.each([
    ['other', ['POST', '/batches', json]],
    ['other', ['DELETE', '/files/file-1']],
    ['background', ['POST', '/responses', background]],
  ] as const)('is sent again when told so: %s', async (operation, request) => {
    expect((await outcomeOf(request, reset, { ambiguous: { [operation]: 'retry' } })).sent).toBe(2);
  });

  it('is not sent again when told so, at no cost to what has been answered', async () => {
    const ambiguous = { chat: 'give_up' } as const;
    const chat = ['POST', '/chat/completions', json] as const;
    for (const failure of [reset, timeout, status(504)])
      expect((await outcomeOf(chat, failure, { ambiguous })).sent).toBe(1);
    for (const failure of [refused, status(500), status(429), status(408)])
      expect((await outcomeOf(chat, failure, { ambiguous })).sent).toBe(2);
  });

  it('is never one of an admin that is sent twice', async () => {
    const allowed = { other: 'retry', background: 'retry' } as const;
    const { sent, reasons } = await outcomeOf(['POST', '/organization/projects', json], reset, { ambiguous: allowed });
    expect(sent).toBe(1);
    expect(reasons).toEqual([
      'network, and the request may have been processed: admin requests that change something are not sent again',
    ]);
  });

  it.each([
    ['that was never sent', refused],
    ['that the API answered', status(500)],
    ['that the API had no room for', status(503)],
    ['that came too early', status(429)],
  ])('is not one %s', async (_name, failure) => {
    for (const path of ['/batches', '/organization/projects'])
      expect((await outcomeOf(['POST', path, json], failure)).sent).toBe(2);
  });

  it('may be a stream that was cut before its first content', async () => {
    const cut = (): Response => streamAnswer(chatChunks([]).slice(0, 0));
    const request = ['POST', '/chat/completions', streamBody] as const;
    expect((await outcomeOf(request, cut)).sent).toBe(2);
    expect((await outcomeOf(request, cut, { ambiguous: { chat: 'give_up' } })).sent).toBe(1);
  });

  it('may be a stream of a response in the background, which its caller can still read', async () => {
    const created = 'data: {"type":"response.created","response":{"id":"resp_1"}}\n\n';
    const upstream = cannedFetch(() => streamAnswer([created]), good);
    const { send } = setUp(upstream);
    const body = '{"model":"gpt-5","input":"x","background":true,"stream":true}';
    const response = await send('POST', '/responses', { body });
    expect(upstream.calls).toHaveLength(1);
    const text = await response.text();
    expect(text).toContain('resp_1');
    expect(text).toContain('stream_interrupted');
  });

  it('ends with the very error that came', async () => {
    const error = reset();
    const { clock, send } = setUp(cannedFetch(() => error));
    expect(await thrownBy(clock.runUntil(send('POST', '/batches', { body: json })))).toBe(error);
  });
});
