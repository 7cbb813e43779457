import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { Browser } from './browser.ts';

describe('npm start', () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const start = (port: string) => {
    const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--no-warnings', main], {
      env: { ...process.env, PORT: port },
    });
    const said = { text: '', code: new Promise<number | null>((resolve) => child.once('close', resolve)) };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
    return { child, said };
  };

  it('needs nothing, says what to open and nothing else, and ends on Ctrl-C', async () => {
    const { child, said } = start('0');
    await vi.waitFor(() => expect(said.text).toContain('Ctrl-C'), { timeout: 15_000 });
    expect(said.text).not.toMatch(/warning|notice/i);
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(said.text)?.[0] as string;
    const answer = await new Browser().signIn(`${origin}/login?returnTo=/me`, 'ada');
    expect(await answer.json()).toMatchObject({ user: 'ada', answer: expect.any(String) as string });
    child.kill('SIGINT');
    expect(await said.code).toBe(0);
  });

  it('says in one sentence that the port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { said } = start(String(port));
    expect(await said.code).toBe(1);
    expect(said.text).toBe(`Port ${port} is taken. Set PORT to another one.\n`);
    await new Promise((resolve) => server.close(resolve));
  });
});
