import { connect } from 'node:net';
import { pipeline, type Fetch, type Middleware } from '@holdfast/core';
import { ManualClock } from '@holdfast/testkit';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../../test/signed-gateway.ts';
import { edKey, gate, hmacKey, leave, verdict } from '../../test/signed-request.ts';
import { fromIncoming, fromRequest, sign, type SignOptions } from '../index.ts';

const twice: Middleware = {
  name: 'twice',
  layer: 'retry',
  async handle(call, next) {
    await (await next(call)).text();
    return next(call.with({ attempt: 2 }));
  },
};

function through({ origin }: Gateway, options: Partial<SignOptions> = {}, ...layers: Middleware[]): Fetch {
  const builder = pipeline({ service: 'signed' });
  for (const layer of layers) builder.use(layer);
  return builder.use(sign({ key: edKey, origins: [origin], ...options })).build().fetch;
}

/** What left over a socket, to be sent again as it was. */
async function recorded(gateway: Gateway): Promise<() => Promise<Response>> {
  let again: (() => Promise<Response>) | undefined;
  const fetch: Fetch = async (input, init) => {
    again = () => globalThis.fetch(input, init);
    return new Response('{}');
  };
  const layered = pipeline({ fetch })
    .use(sign({ key: hmacKey, origins: [gateway.origin] }))
    .build();
  await layered.fetch(`${gateway.origin}/v1/chat/completions?a=b`, { method: 'POST', body: '{"model":"gpt-5"}' });
  return again as NonNullable<typeof again>;
}

/** Writes bytes to a socket and reads the status of the answer. */
async function raw({ origin }: Gateway, text: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.end(text);
  let answer = '';
  for await (const part of socket) answer += String(part);
  return answer.slice(9, 12);
}

const wire = (text: string, headers: Record<string, string>, more = ''): string =>
  `${text} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}${more}connection: close\r\n\r\n`;

describe('over HTTP, through the fetch of the runtime', () => {
  it('each attempt is signed anew, and all of them are accepted', async () => {
    await using gateway = await startGateway();
    const response = await through(
      gateway,
      {},
      twice,
    )(`${gateway.origin}/v1/x?q=ä|b`, { method: 'POST', body: 'grüße' });
    expect(await response.json()).toEqual({ keyId: 'service-1', body: Buffer.from('grüße').toString('latin1') });
    expect(gateway.verdicts).toEqual(['accepted', 'accepted']);
    expect(new Set(gateway.inputs).size).toBe(2);
  });

  it.each<[string, RequestInit]>([
    ['nothing', {}],
    ['an empty text', { method: 'POST', body: '' }],
    ['bytes', { method: 'PUT', body: new Uint8Array([0, 1, 255]) }],
    ['a blob', { method: 'POST', body: new Blob(['x'.repeat(200_000)]) }],
    ['parameters', { method: 'PATCH', body: new URLSearchParams({ a: 'b c' }) }],
    ['a stream', { method: 'POST', body: new Blob(['streamed']).stream(), duplex: 'half' } as RequestInit],
    ['nothing, to be deleted', { method: 'DELETE' }],
  ])('%s', async (_name, init) => {
    await using gateway = await startGateway();
    const response = await through(gateway, { maxStreamBytes: 100 })(`${gateway.origin}/v1/files`, init);
    expect([response.status, ...gateway.verdicts]).toEqual([200, 'accepted']);
  });

  it('the official client sends JSON and files through it', async () => {
    await using gateway = await startGateway({ fields: ['authorization'] });
    const client = pipeline()
      .use(sign({ key: hmacKey, origins: [gateway.origin], fields: ['authorization'] }))
      .build()
      .wrap(new OpenAI({ apiKey: 'sk-client', baseURL: `${gateway.origin}/v1` }));
    await client.chat.completions.create({ model: 'gpt-5', messages: [] });
    await client.files.create({ file: new File(['{}\n{}'], 'batch.jsonl'), purpose: 'batch' });
    await client.models.list({ query: { after: 'a b' } });
    expect(gateway.verdicts).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('of 20 replays at the same time, one is accepted', async () => {
    await using gateway = await startGateway();
    const again = await recorded(gateway);
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await again()).status));
    expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 403)]);
    expect(gateway.verdicts.filter((one) => one === 'nonce_replayed')).toHaveLength(19);
  });

  it('a body that is too long is a 413, said or not, and the connection can tell so', async () => {
    await using gateway = await startGateway({}, { maxBodyBytes: 1000 });
    const fetch = through(gateway);
    for (const size of [1001, 3_000_000]) {
      const response = await fetch(`${gateway.origin}/v1`, { method: 'POST', body: 'x'.repeat(size) });
      expect(response.status).toBe(413);
    }
    expect((await fetch(`${gateway.origin}/v1`, { method: 'POST', body: 'x'.repeat(1000) })).status).toBe(200);
  });

  it('behind a TLS terminator the origin is what clients know, whatever headers say', async () => {
    const origin = 'https://gateway.example';
    await using gateway = await startGateway({ clock: new ManualClock() }, { origin });
    const left = await leave({}, { url: `${origin}/v1/models`, method: 'GET', body: undefined });
    const response = await fetch(`${gateway.origin}/v1/models`, { headers: left.headers });
    expect(response.status).toBe(200);
    const forwarded = { ...(await leave({}, { url: 'https://evil.example/v1' })).headers };
    const refused = await fetch(`${gateway.origin}/v1`, {
      headers: { ...forwarded, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    expect(refused.status).toBe(403);
  });
});

describe('what a server of Node leaves out still counts', () => {
  const origin = 'https://gateway.example';
  const host = { host: '127.0.0.1' };

  it('a second line of a covered field', async () => {
    await using gateway = await startGateway({ clock: new ManualClock() }, { origin });
    const body = '{}';
    const { headers } = await leave({}, { body });
    const length = `content-length: ${body.length}\r\n`;
    const text = 'POST /v1/chat/completions';
    expect(await raw(gateway, wire(text, { ...host, ...headers }, `Content-Type: text/html\r\n${length}`) + body)).toBe(
      '403',
    );
    expect(await raw(gateway, wire(text, { ...host, ...headers }, length) + body)).toBe('200');
    expect(gateway.verdicts).toEqual(['signature_invalid', 'accepted']);
  });

  it('a target that is no path, and a host that is another', async () => {
    await using gateway = await startGateway();
    const { headers } = await leave({}, { method: 'GET', body: undefined, url: `${origin}/v1` });
    for (const target of [`${origin}/v1`, '*', '/v1#x'])
      expect(await raw(gateway, wire(`GET ${target}`, { host: 'gateway.example', ...headers }))).toMatch(/^40[03]$/);
    expect(await raw(gateway, wire('GET /v1', { host: 'gateway.example', ...headers }))).toBe('403');
    expect(gateway.verdicts).not.toContain('accepted');
  });

  it('a body that breaks off', async () => {
    await using gateway = await startGateway({ clock: new ManualClock() }, { origin });
    const { headers } = await leave({}, { body: 'whole' });
    const { hostname, port } = new URL(gateway.origin);
    const socket = connect(Number(port), hostname);
    socket.write(wire('POST /v1/chat/completions', { ...host, ...headers }, 'content-length: 5\r\n') + 'who');
    await expect.poll(() => gateway.inputs.length).toBe(1);
    socket.destroy();
    await expect.poll(() => gateway.verdicts).toEqual(['body_unreadable']);
  });

  it('a body that somebody has read before', async () => {
    const read = { rawHeaders: [], headers: {}, socket: {}, url: '/', readableEnded: true } as never;
    const { body } = fromIncoming(read);
    await expect((body as () => Promise<Uint8Array>)()).rejects.toMatchObject({ code: 'body_unreadable' });
  });

  it('the whole path, where a router of express took its part away', () => {
    const mounted = { rawHeaders: ['A', '1', 'a', '2'], headers: { host: 'Gateway.example:443' }, method: 'GET' };
    const incoming = { ...mounted, socket: { encrypted: true }, url: '/models', originalUrl: '/v1/models' } as never;
    const { url, headers } = fromIncoming(incoming, { body: 'x' });
    expect(url).toBe('https://gateway.example/v1/models');
    expect([...(headers as Iterable<unknown>)]).toEqual([
      ['A', '1'],
      ['a', '2'],
    ]);
  });
});

describe('a Request of the Fetch standard', () => {
  const request = async (body: string): Promise<Request> => {
    const { url, headers, method } = await leave({}, { body });
    return new Request(url, { method, headers, body });
  };

  it('is read from a copy, and once', async () => {
    const given = await request('{"model":"gpt-5"}');
    const received = fromRequest(given);
    expect(await verdict(gate(), received)).toBe('accepted');
    expect(await given.json()).toEqual({ model: 'gpt-5' });
    const [one, two] = await Promise.all([0, 1].map(() => (received.body as () => Promise<Uint8Array>)()));
    expect(one).toBe(two);
  });

  it('that is too long, or was read before, is refused', async () => {
    expect(await verdict(gate(), fromRequest(await request('long'), { maxBodyBytes: 3 }))).toBe('body_too_large');
    const given = await request('read');
    await given.text();
    expect(await verdict(gate(), fromRequest(given))).toBe('body_unreadable');
  });
});
