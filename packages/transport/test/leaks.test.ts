import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { until } from './both.ts';
import { farEnd } from './storm-far-end.ts';
import { resources, storm } from './storm.ts';

const connections = 16;

describe('after fifteen hundred calls that were disturbed in every way', () => {
  it('no connection beyond the limit was open, and nothing is left', async () => {
    await using far = await farEnd();
    const before = { sockets: resources('TCPSocketWrap'), timers: resources('Timeout') };
    const storming = storm({ url: far.url, seed: 20_260_101, connections, concurrency: 40 });
    await storming.run(1500);
    expect(storming.broken).toEqual([]);
    expect(storming.mostConnected()).toBeGreaterThan(connections / 2);
    expect(storming.mostConnected()).toBeLessThanOrEqual(connections);
    // Every kind of end was among them.
    expect([...storming.ends.keys()]).toEqual(
      expect.arrayContaining(['whole', 'Error: given up', 'TypeError: fetch failed', 'APIUserAbortError']),
    );
    await until(() => expect(storming.standing()).toMatchObject({ calls: 1500, running: 0, queued: 0, listeners: 0 }));
    expect((await far.seen()).open).toBeLessThanOrEqual(connections);
    await storming.close();
    await until(() => expect(resources('TCPSocketWrap')).toBeLessThanOrEqual(before.sockets));
    expect(resources('Timeout')).toBeLessThanOrEqual(before.timers + 1);
    await expect.poll(async () => (await far.seen()).open, { interval: 5, timeout: 5000 }).toBe(0);
  });

  it('a process ends of its own after close()', async () => {
    await using far = await farEnd();
    const program = fileURLToPath(new URL('storm-exit.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@holdfast/source', program, far.url, '150'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += String(text)));
    const code = await new Promise<unknown>((resolve) => {
      child.once('exit', (status, signal) => resolve(status ?? signal));
    });
    expect({ said, code }).toEqual({ said: 'closed', code: 0 });
  });
});
