import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { folder, init, service, url } from '../test/log.ts';
import { fileSink, verifyAuditFile } from './index.ts';

const good = cannedFetch(() => jsonAnswer());

async function log(path: string, calls: number, options: object = {}): Promise<void> {
  const { resilient, layer } = service(good, { sink: fileSink({ path, ...options }) });
  for (let index = 0; index < calls; index++) await (await resilient.fetch(url, init)).text();
  await layer.close();
}

describe('a file', () => {
  it('is read and written by its owner alone, and the chain goes on in it after a restart', async () => {
    using dir = folder();
    await log(dir.file('log'), 3);
    await log(dir.file('log'), 2);
    expect(statSync(dir.file('log')).mode & 0o777).toBe(0o600);
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: true, lines: 5, end: { seq: 5 } });
    expect(existsSync(dir.file('log.lock'))).toBe(false);
  });

  it('is put aside when it has grown, and the chain goes on in the next', async () => {
    using dir = folder();
    await log(dir.file('log'), 1, { maxBytes: 1024 });
    for (let index = 0; index < 8; index++) await log(dir.file('log'), 1, { maxBytes: 1024 });
    expect(existsSync(dir.file('log.2'))).toBe(true);
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: true, lines: 9 });
    const edited = dir.read('log.1').replace('"ending":"complete"', '"ending":"cancelled"');
    writeFileSync(dir.file('log.1'), edited);
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: false, line: 1 });
  });

  it('with a line that a dying process left unfinished tells of it, and goes on', async () => {
    using dir = folder();
    await log(dir.file('log'), 2);
    appendFileSync(dir.file('log'), '{"v":1,"seq":3,"ty');
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: false, line: 3 });
    await log(dir.file('log'), 1);
    expect(dir.read('log')).toContain('"reason":"torn"');
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: true });
    await log(dir.file('log'), 1);
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: true, end: { seq: 5 } });
  });

  it('whose first line was never finished is gone on with as well', async () => {
    using dir = folder();
    writeFileSync(dir.file('log'), '{"v":1');
    await log(dir.file('log'), 1);
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: true, end: { seq: 2 } });
  });

  it('that another process writes, or that is no log, is refused with a sentence', async () => {
    using dir = folder();
    writeFileSync(dir.file('log.lock'), String(process.pid));
    writeFileSync(dir.file('notes'), 'dear diary\n');
    for (const [name, sentence] of [
      ['log', `is written by process ${process.pid}; give each process a file of its own`],
      ['notes', 'ends with a line that is none of an audit log'],
    ] as const) {
      const { resilient, layer } = service(good, { sink: fileSink({ path: dir.file(name) }), fail: 'closed' });
      const response = await resilient.fetch(url, init);
      expect(await response.text()).toContain(sentence);
      await layer.close();
    }
    expect(dir.read('notes')).toBe('dear diary\n');
  });

  it('that a dead process had is taken over', async () => {
    using dir = folder();
    writeFileSync(dir.file('log.lock'), '4194305');
    await log(dir.file('log'), 1);
    expect(await verifyAuditFile(dir.file('log'))).toMatchObject({ ok: true, lines: 1 });
  });

  it('of a process that was killed has every line that it said was written', async () => {
    using dir = folder();
    const program = fileURLToPath(new URL('../test/busy.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@holdfast/source', program, dir.file('log')]);
    let told = '';
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${told}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.length > 400) resolve();
      });
    });
    const ended = new Promise((resolve) => child.removeAllListeners('exit').once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await log(dir.file('log'), 1);
    const verdict = await verifyAuditFile(dir.file('log'));
    expect(verdict).toMatchObject({ ok: true });
    const written = told.split('\n').filter((line) => line === 'written').length;
    expect(written).toBeGreaterThan(20);
    if (verdict.ok) expect(verdict.lines).toBeGreaterThanOrEqual(written + 1);
  });

  it.each([
    [{ path: '' }, 'fileSink.path: expected a path'],
    [{ path: 'x', sync: 'sometimes' }, 'fileSink.sync: expected always, interval or never'],
    [{ path: 'x', maxBytes: 5 }, 'fileSink.maxBytes: expected at least 1024 bytes'],
  ])('%j is refused in the factory', (options, sentence) => {
    expect(() => fileSink(options as never)).toThrow(sentence);
  });
});
