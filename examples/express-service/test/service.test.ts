import { spawn } from 'node:child_process';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { faults, startUpstream, type FaultRule, type Upstream } from '@holdfast/testkit';
import { loadServices } from 'holdfast';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { createApp } from '../src/app.ts';

interface Running extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly ask: (path: string, body?: unknown, signal?: AbortSignal) => Promise<Response>;
}

const file = fileURLToPath(new URL('../holdfast.yaml', import.meta.url));
const down: FaultRule = { match: { model: 'gpt-5' }, fault: faults.overloaded() };

async function running(...script: readonly FaultRule[]): Promise<Running> {
  const upstream = await startUpstream({ script });
  const services = loadServices(file, { env: { OPENAI_API_KEY: 'sk-service' } });
  const pipeline = services.get('answers');
  const client = pipeline.wrap(new OpenAI({ apiKey: 'sk-service', baseURL: upstream.baseURL }));
  const server: Server = createApp({ client, pipeline }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    upstream,
    ask: (path, body = { question: 'Will it hold?' }, signal) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...(signal && { signal }),
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await services.close();
      await upstream.close();
    },
  };
}

describe('the service', () => {
  it('answers while its model is down, by the cheaper one', async () => {
    await using service = await running(down);
    for (let index = 0; index < 5; index++) {
      const response = await service.ask('/answers');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ model: expect.stringContaining('gpt-5-mini') as string });
    }
    // Its circuit opened at the third failure: nobody asked for the dead model again.
    expect(service.upstream.requests({ model: 'gpt-5' })).toHaveLength(3);
  });

  it('streams word by word', async () => {
    await using service = await running();
    const text = await (await service.ask('/answers/stream')).text();
    expect(text.match(/^data: \{"model":"gpt-5/gm)?.length).toBeGreaterThan(3);
    expect(text.endsWith('event: done\ndata: {}\n\n')).toBe(true);
  });

  it('says so when a stream breaks in the middle, and never that it is done', async () => {
    await using service = await running({ fault: faults.cutStream({ afterEvents: 4 }) });
    const text = await (await service.ask('/answers/stream')).text();
    expect(text).toContain('event: error\ndata: {"error":"No answer can be had now.","code":"stream_interrupted"}');
    expect(text).not.toContain('event: done');
  });

  it('refuses with 503 when nothing is left, and tells nothing of the upstream', async () => {
    await using service = await running({ fault: faults.revokedKey() });
    const response = await service.ask('/answers');
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('sk-');
  });

  it.each([
    [faults.quota(), 429],
    [faults.status(400, { code: 'context_length_exceeded' }), 422],
  ])('maps %j', async (fault, status) => {
    await using service = await running({ fault });
    expect((await service.ask('/answers')).status).toBe(status);
    expect(service.upstream.log).toHaveLength(1);
  });

  it.each([[{}], [{ question: 7 }], [[]]])('names what is wrong with the body %j', async (body) => {
    await using service = await running();
    const response = await service.ask('/answers', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'expected a JSON body { "question": "…" }' });
    expect(service.upstream.log).toHaveLength(0);
  });

  it('ends the call upstream when its caller hangs up', async () => {
    await using service = await running({ fault: faults.hang() });
    const controller = new AbortController();
    const pending = service.ask('/answers', undefined, controller.signal);
    await vi.waitFor(() => expect(service.upstream.log).toHaveLength(1));
    controller.abort();
    await expect(pending).rejects.toThrow();
    await vi.waitFor(() => expect(service.upstream.log[0]?.aborted).toBe(true));
    expect(service.upstream.log).toHaveLength(1);
  });

  it('starts without a key and without a network, and ends on Ctrl-C', async () => {
    const { OPENAI_API_KEY: _, ...env } = process.env;
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@holdfast/source', main], { env: { ...env, PORT: '0' } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await vi.waitFor(() => expect(output).toContain('/answers/stream'), { timeout: 15_000 });
    const url = /http:\S+\/answers(?= )/.exec(output)?.[0] as string;
    const body = JSON.stringify({ question: 'Will it hold?' });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(response.status).toBe(200);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});
