import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { faults, ManualClock, startUpstream } from '@holdfast/testkit';
import { breaker, fallback, hints, journeyOf, pipeline, retry, timeout, transport, type Pipeline } from 'holdfast';
import OpenAI, { APIConnectionTimeoutError } from 'openai';
import { afterEach, describe, expect, it } from 'vitest';

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Will it hold?' }] };
const deadlineMs = 3000;
const latestMs = 3050;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Listens on the loopback interface until the end of the test; gives the origin. */
async function listening(server: Server, scheme: string): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Takes connections and says nothing, so that no handshake ever ends. */
const hangingAtConnect = (): Promise<string> => listening(createServer(), 'https');

/** Sends headers, and then a byte a second, as its clock says, for ever. */
const dripping = (clock: ManualClock, type: string): Promise<string> =>
  listening(
    createHttpServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': type });
      response.flushHeaders();
      const drip = (): void => {
        if (response.destroyed) return;
        response.write(type.includes('json') ? ' ' : ':');
        clock.setTimer(drip, 1000);
      };
      drip();
    }),
    'http',
  );

const hangingAtHeaders = async (clock: ManualClock): Promise<string> => {
  const upstream = await startUpstream({ clock, script: [{ fault: faults.hang({ at: 'headers' }) }] });
  closing.push(() => upstream.close());
  return upstream.url;
};

function pipelineTo(clock: ManualClock, second: string | undefined): Pipeline {
  const pooled = transport({ connectTimeoutMs: 60_000 });
  const builder = pipeline({ service: 'deadlines', clock, random: () => 0.5 });
  if (second !== undefined)
    builder.use(
      fallback({
        endpoints: { second: { baseURL: `${second}/v1`, apiKey: 'sk-test-b' } },
        models: { 'gpt-5': [{ endpoint: 'second' }] },
      }),
    );
  const resilient = builder.use(retry()).use(breaker()).use(timeout()).use(pooled).build();
  closing.push(() => resilient.close());
  return resilient;
}

const clientOf = (resilient: Pipeline, origin: string): OpenAI =>
  resilient.wrap(new OpenAI({ apiKey: 'sk-test-a', baseURL: `${origin}/v1`, timeout: 600_000 }));

const places: [string, (clock: ManualClock) => Promise<string>][] = [
  ['hangs at connect', hangingAtConnect],
  ['hangs at the headers', hangingAtHeaders],
  ['sends one byte a second', (clock) => dripping(clock, 'application/json')],
];

describe('a deadline of 3 s with an upstream that', () => {
  it.each(places)('%s: ends every call in time', async (_name, start) => {
    const clock = new ManualClock();
    const client = clientOf(pipelineTo(clock, undefined), await start(clock));
    const calls = Array.from({ length: 5 }, () =>
      client.chat.completions.create(params, hints({ deadlineMs })).then(
        () => expect.unreachable('it was answered'),
        (error: unknown) => ({ error, atMs: clock.monotonic() }),
      ),
    );
    for (const { error, atMs } of await clock.runUntil(Promise.all(calls))) {
      expect(atMs).toBeLessThanOrEqual(latestMs);
      // What breaks while the client reads an answer reaches the caller as it is.
      if (error instanceof Error && error.name === 'TimeoutError')
        expect(error).toMatchObject({ code: 'deadline_exceeded' });
      else expect(error).toBeInstanceOf(APIConnectionTimeoutError);
    }
  });

  it.each(places)('%s: gives the rung below its share, and that answers', async (_name, start) => {
    const clock = new ManualClock();
    await using second = await startUpstream({ clock });
    const client = clientOf(pipelineTo(clock, second.url), await start(clock));
    const { data, response } = await clock.runUntil(
      client.chat.completions.create(params, hints({ deadlineMs })).withResponse(),
    );
    expect(data.choices[0]?.message.content).not.toBe('');
    expect(clock.monotonic()).toBeLessThanOrEqual(0.7 * deadlineMs);
    expect(second.log).toHaveLength(1);
    expect(JSON.stringify(journeyOf(response))).toContain('attempt_timeout');
  });

  it.each([
    ['hangs at the headers', hangingAtHeaders],
    ['sends one byte a second', (clock: ManualClock) => dripping(clock, 'text/event-stream')],
  ])('%s: the same for streams', async (_name, start) => {
    const clock = new ManualClock();
    await using second = await startUpstream({ clock });
    const client = clientOf(pipelineTo(clock, second.url), await start(clock));
    const read = async (): Promise<string> => {
      let text = '';
      for await (const { choices } of await client.chat.completions.create(
        { ...params, stream: true },
        hints({ deadlineMs }),
      ))
        text += choices[0]?.delta.content ?? '';
      return text;
    };
    expect(await clock.runUntil(read())).not.toBe('');
    expect(clock.monotonic()).toBeLessThanOrEqual(0.7 * deadlineMs);
    expect(second.log).toHaveLength(1);
  });
});
