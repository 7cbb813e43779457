import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { faults, startUpstream, type FaultRule } from '@holdfast/testkit';
import { SpanStatusCode } from '@opentelemetry/api';
import { pipeline, retry, telemetry, timeout, transport } from 'holdfast';
import OpenAI from 'openai';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startRecorder, treeOf } from '../../otel/test/recorder.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const recorder = startRecorder();
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);
process.on('unhandledRejection', onRejection);
afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await recorder.stop();
});
afterEach(() => recorder.clear());

/** Waits until no span is open; on a machine at rest that is at once, on a busy one the collector comes later. */
async function noneOpen(): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (recorder.open > 0 && performance.now() < deadline) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(recorder.open, 'spans that are still open').toBe(0);
  expect(rejections).toEqual([]);
}

type Streamed = AsyncIterable<unknown> & { tee(): [AsyncIterable<unknown>, AsyncIterable<unknown>] };

/** Both kinds of streams, as the real client opens them. */
const apis: Record<string, (client: OpenAI, options?: OpenAI.RequestOptions) => Promise<Streamed>> = {
  chat: (client, options) =>
    client.chat.completions.create(
      { model: 'gpt-5', messages: [{ role: 'user', content: 'Hold.' }], stream: true },
      options,
    ),
  responses: (client, options) => client.responses.create({ model: 'gpt-5', input: 'Hold.', stream: true }, options),
};

const unread = {
  chat: (client: OpenAI) =>
    client.chat.completions
      .create({ model: 'gpt-5', messages: [{ role: 'user', content: 'Hold.' }], stream: true })
      .asResponse(),
  responses: (client: OpenAI) => client.responses.create({ model: 'gpt-5', input: 'Hold.', stream: true }).asResponse(),
};

async function withClient(rule: FaultRule | undefined, use: (client: OpenAI) => Promise<unknown>): Promise<void> {
  await using upstream = await startUpstream({ script: rule === undefined ? [] : [rule] });
  const resilient = pipeline()
    .use(telemetry())
    .use(retry({ maxRetries: 0 }))
    .use(timeout())
    .use(transport())
    .build();
  const client = resilient.wrap(new OpenAI({ apiKey: 'sk-test', baseURL: upstream.baseURL, logLevel: 'off' }));
  await use(client);
  await noneOpen();
  await resilient.close();
}

/** The beginning comes, and the rest does not. */
const half: FaultRule = { fault: faults.hang({ at: 'body', afterEvents: 3 }) };

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

function expectEnding(ending: string, errorType?: string): void {
  const { call, attempts } = treeOf(recorder.spans);
  expect(call.attributes['holdfast.ending']).toBe(ending);
  expect(call.attributes['error.type']).toBe(errorType);
  expect(call.status).toEqual({ code: errorType === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR });
  expect(attempts).toHaveLength(1);
  // An attempt ends at its headers, and those were good.
  expect(attempts[0]?.status).toEqual({ code: SpanStatusCode.UNSET });
  expect(attempts[0]?.attributes['http.response.status_code']).toBe(200);
}

const failing = (rule: FaultRule) => (open: (client: OpenAI) => Promise<Streamed>) =>
  withClient(rule, async (client) => expect(open(client).then(readAll)).rejects.toBeInstanceOf(OpenAI.APIError));

describe.each(Object.entries(apis))('the span of a stream of %s ends', (api, open) => {
  it('at its terminal event', async () => {
    await withClient(undefined, async (client) => {
      const iterator = (await open(client))[Symbol.asyncIterator]();
      expect(recorder.open).toBe(1);
      while ((await iterator.next()).done !== true);
      expect(recorder.open).toBe(0);
    });
    expectEnding('complete');
  });

  it('when the loop is left early', async () => {
    await withClient(half, async (client) => {
      for await (const _ of await open(client)) break;
    });
    expectEnding('cancelled');
  });

  it('when it is aborted before anybody reads', async () => {
    const controller = new AbortController();
    await withClient(half, async (client) => {
      const stream = await open(client, { signal: controller.signal });
      controller.abort();
      await readAll(stream).catch(() => undefined);
    });
    expectEnding('cancelled');
  });

  it('when it is abandoned halfway', async () => {
    await withClient(half, async (client) => {
      // In a function of its own, so that nothing on this stack keeps the stream.
      await (async () => void (await (await open(client))[Symbol.asyncIterator]().next()))();
    });
    expect(['abandoned', 'cancelled']).toContain(treeOf(recorder.spans).call.attributes['holdfast.ending']);
  });

  it('when nobody ever reads the response', async () => {
    await withClient(half, async (client) => {
      await (async () => void (await unread[api as keyof typeof unread](client)))();
    });
    expectEnding('abandoned');
  });

  it('when both halves of it are read', async () => {
    await withClient(undefined, async (client) => {
      await Promise.all((await open(client)).tee().map(readAll));
    });
    expectEnding('complete');
  });

  it('when it is cut, as an error', async () => {
    await failing({ fault: faults.cutStream({ afterEvents: 3 }) })(open);
    expectEnding('failed', 'stream_interrupted');
  });

  it('when its connection breaks, as an error', async () => {
    await failing({ fault: faults.reset({ at: 'body', afterEvents: 3 }) })(open);
    expectEnding('failed', 'stream_interrupted');
  });

  it('when an error comes as an event, as an error', async () => {
    await failing({ fault: faults.inStreamError({ afterEvents: 3 }) })(open);
    expectEnding('failed', 'server_error');
  });
});

describe('the span of a response ends', () => {
  it('when the response says that it failed, as an error', async () => {
    const fault = faults.inStreamError({ afterEvents: 3, as: 'response.failed' });
    await withClient({ fault }, async (client) => (apis['responses'] as (typeof apis)[string])(client).then(readAll));
    expectEnding('failed', 'server_error');
  });
});
