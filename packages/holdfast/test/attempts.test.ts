import { faults, ManualClock, startUpstream, type FaultRule, type UpstreamOptions } from '@holdfast/testkit';
import {
  breaker,
  hedge,
  journeyOf,
  pipeline,
  rateLimit,
  retry,
  timeout,
  transport,
  type Middleware,
  type Transport,
} from 'holdfast';
import OpenAI, { APIError } from 'openai';
import { describe, expect, it } from 'vitest';

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Will it hold?' }] };

/** A service over real sockets, on a clock that is turned by hand. */
async function service(
  script: readonly FaultRule[],
  layers: readonly (Middleware | Transport)[],
  limits: UpstreamOptions['limits'] = {},
) {
  const clock = new ManualClock();
  const upstream = await startUpstream({ clock, script, limits });
  const builder = pipeline({ service: 'attempts', clock, random: () => 0.5 });
  for (const layer of layers) builder.use(layer);
  const resilient = builder.build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, timeout: 600_000 }));
  const close = async (): Promise<void> => {
    await resilient.close();
    await upstream.close();
  };
  return { clock, upstream, client, [Symbol.asyncDispose]: close };
}

async function read(client: OpenAI): Promise<string> {
  let text = '';
  for await (const { choices } of await client.chat.completions.create({ ...params, stream: true }))
    text += choices[0]?.delta.content ?? '';
  return text;
}

describe('a stream that fails before it has said anything', () => {
  it.each([
    ['an error as its first event', faults.inStreamError({ afterEvents: 0 })],
    ['a reset', faults.reset({ at: 'body', afterEvents: 0 })],
    ['a cut', faults.cutStream({ afterEvents: 1 })],
  ])('%s is a failed attempt, and the caller reads the next one', async (_name, fault) => {
    await using app = await service([{ times: 2, fault }], [retry(), transport()]);
    expect(await app.clock.runUntil(read(app.client))).not.toBe('');
    expect(app.upstream.log).toHaveLength(3);
  });

  it('reaches the caller as the error that it was when there is no attempt left', async () => {
    const fault = faults.inStreamError({ afterEvents: 0, code: 'server_is_overloaded' });
    await using app = await service([{ fault }], [retry({ maxRetries: 1 }), transport()]);
    const error = await app.clock.runUntil(read(app.client).catch((reason: unknown) => reason));
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'server_is_overloaded' });
    expect(app.upstream.log).toHaveLength(2);
  });
});

describe('what may have been done already', () => {
  it('a batch whose creation broke off is not created twice, a chat completion is asked for again', async () => {
    const reset = faults.reset({ at: 'headers' });
    await using app = await service([{ times: 1, fault: reset }], [retry(), transport()]);
    const batch = { input_file_id: 'file-1', endpoint: '/v1/chat/completions', completion_window: '24h' } as const;
    await expect(app.clock.runUntil(app.client.batches.create(batch))).rejects.toThrow('Connection error');
    expect(app.upstream.requests({ path: '/batches' })).toHaveLength(1);
    app.upstream.script({ times: 1, fault: reset });
    await app.clock.runUntil(app.client.chat.completions.create(params));
    expect(app.upstream.requests({ path: '/chat/completions' })).toHaveLength(2);
  });

  it('a client that retries on top of the pipeline is not retried a second time', async () => {
    const clock = new ManualClock();
    await using upstream = await startUpstream({ clock, script: [{ fault: faults.reset({ at: 'headers' }) }] });
    const { fetch } = pipeline({ clock, random: () => 0, warn: () => undefined })
      .use(retry())
      .build();
    const client = new OpenAI({ apiKey: 'sk-test-a', baseURL: upstream.baseURL, fetch, maxRetries: 1 });
    await expect(clock.runUntil(client.chat.completions.create(params))).rejects.toThrow('Connection error');
    // Three of ours, and then the client's own retry, once: not three more.
    expect(upstream.log).toHaveLength(4);
  });
});

describe('a second request beside a slow one', () => {
  const slow = { times: 1, fault: faults.latency({ headersMs: 5000 }) };
  const hedging = () => hedge({ minimumCalls: 5, minDelayMs: 100 });
  const warmUp = async (app: Awaited<ReturnType<typeof service>>): Promise<void> => {
    for (let index = 0; index < 40; index++) await app.client.chat.completions.create(params);
  };

  it('wins, and the first one is given up', async () => {
    await using app = await service([], [hedging(), retry(), rateLimit(), breaker(), timeout(), transport()]);
    await warmUp(app);
    app.upstream.script(slow);
    const pending = app.client.chat.completions.create(params).withResponse();
    await expect.poll(() => app.upstream.log.length).toBe(41);
    await app.clock.advance(200);
    const { response } = await pending;
    expect(app.upstream.log).toHaveLength(42);
    expect(JSON.stringify(journeyOf(response))).toContain('the second won');
    await expect.poll(() => app.upstream.log.filter(({ aborted }) => aborted).length).toBe(1);
  });

  it('is not sent where the limits have no room for it at once', async () => {
    const layers = [hedging(), retry(), rateLimit({ spreadMs: 0 }), breaker(), transport()];
    await using app = await service([], layers, { 'gpt-5': { requestsPerMinute: 41 } });
    await warmUp(app);
    app.upstream.script(slow);
    const pending = app.client.chat.completions.create(params).withResponse();
    await expect.poll(() => app.upstream.log.length).toBe(41);
    await app.clock.advance(5000);
    const { response } = await pending;
    expect(app.upstream.log).toHaveLength(41);
    expect(JSON.stringify(journeyOf(response))).toContain('a second request goes only where there is room at once');
  });
});
