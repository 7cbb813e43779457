import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folder, init, service, url } from '../test/log.ts';
import { fileSink, verifyAuditFile, type FileSinkOptions } from './index.ts';

const good = cannedFetch(() => jsonAnswer());

async function log(path: string, calls: number, options: Partial<FileSinkOptions> = {}): Promise<void> {
  const { resilient, layer } = service(good, { sink: fileSink({ path, sync: 'never', ...options }) });
  for (let index = 0; index < calls; index++) await (await resilient.fetch(url, init)).text();
  await layer.close();
}

describe('a log whose process died', () => {
  it('law: goes on after a cut at any byte, and after another cut in what came then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), async (first, second) => {
        using dir = folder();
        const path = dir.file('log');
        await log(path, 2);
        truncateSync(path, first % (statSync(path).size + 1));
        const kept = statSync(path).size;
        await log(path, 1);
        truncateSync(path, kept + (second % (statSync(path).size - kept + 1)));
        await log(path, 1);
        const verdict = await verifyAuditFile(path);
        expect(verdict).toMatchObject({ ok: true });
      }),
      {
        numRuns: 60,
        examples: [
          [1, 0],
          [1, 1],
        ],
      },
    );
  });

  it('that lacks nothing but the last line end has no gap', async () => {
    using dir = folder();
    const path = dir.file('log');
    await log(path, 2);
    truncateSync(path, statSync(path).size - 1);
    await log(path, 1);
    expect(dir.read('log')).not.toContain('"gap"');
    expect(await verifyAuditFile(path)).toMatchObject({ ok: true, lines: 3, end: { seq: 3 } });
  });

  it('tells of everything that was left unfinished, however often its process died', async () => {
    using dir = folder();
    const path = dir.file('log');
    await log(path, 1);
    for (const part of ['{"v":1,"at', '\n', '{"bytes":10', '\n\n\0\0\0']) appendFileSync(path, part);
    await log(path, 1);
    expect(dir.read('log').match(/"reason":"torn"/g)).toHaveLength(1);
    expect(await verifyAuditFile(path)).toMatchObject({ ok: true, end: { seq: 3 } });
  });

  it('does not pass off an edit as a line that was torn', async () => {
    using dir = folder();
    const path = dir.file('log');
    await log(path, 1);
    appendFileSync(path, '{"v":1,"at');
    await log(path, 1);
    appendFileSync(path, dir.read('log').split('\n')[1] ?? '');
    expect(await verifyAuditFile(path)).toMatchObject({ ok: false, line: 5 });
  });

  it('while it put a file aside goes on from that one', async () => {
    using dir = folder();
    const path = dir.file('log');
    await log(path, 2);
    renameSync(path, `${path}.1`);
    truncateSync(`${path}.1`, statSync(`${path}.1`).size - 3);
    await log(path, 1);
    expect(await verifyAuditFile(path)).toMatchObject({ ok: true, end: { seq: 3 } });
    expect(dir.read('log')).toContain('"reason":"torn"');
  });
});

describe('putting a file aside', () => {
  it('keeps the order when the oldest were taken away, and never writes over one', async () => {
    using dir = folder();
    const path = dir.file('log');
    for (let index = 0; index < 5; index++) await log(path, 3, { maxBytes: 1024 });
    rmSync(`${path}.1`);
    const before = readdirSync(dir.file('.'))
      .filter((name) => name !== 'log')
      .map((name) => [name, dir.read(name)]);
    for (let index = 0; index < 12; index++) await log(path, 1, { maxBytes: 1024 });
    expect(existsSync(`${path}.1`)).toBe(false);
    for (const [name, text] of before) expect(dir.read(name as string)).toBe(text);
    expect(await verifyAuditFile(path)).toMatchObject({ ok: false, line: 1 });
    expect(readdirSync(dir.file('.')).length).toBeGreaterThan(9);
    const { end, ok } = await wholeBut(path);
    expect([ok, end]).toEqual([true, 27]);
  });

  it('that fails loses no line, writes none twice and is tried again', async () => {
    using dir = folder();
    mkdirSync(dir.file('logs'));
    const path = dir.file('logs/log');
    const { resilient, layer, clock } = service(good, { sink: fileSink({ path, maxBytes: 1024, sync: 'never' }) });
    const call = async (): Promise<void> => {
      await (await resilient.fetch(url, init)).text();
      await layer.flush();
    };
    for (let index = 0; index < 3; index++) await call();
    renameSync(dir.file('logs'), dir.file('away'));
    for (let index = 0; index < 3; index++) await call();
    expect(layer.status()).toMatchObject({ failure: 'ENOENT' });
    renameSync(dir.file('away'), dir.file('logs'));
    await clock.advance(1000);
    await layer.close();
    expect(await verifyAuditFile(path)).toMatchObject({ ok: true, lines: 6, dropped: 0 });
  });
});

/** Checks a log whose first file was taken away, from where that one ended. */
async function wholeBut(path: string): Promise<{ ok: boolean; end: number }> {
  const [first = ''] = readFileSync(`${path}.2`, 'utf8').split('\n');
  const { seq, prev } = JSON.parse(first) as { seq: number; prev: string };
  const verdict = await verifyAuditFile(path, { after: { seq: seq - 1, hash: prev } });
  return { ok: verdict.ok, end: verdict.ok ? verdict.end.seq : 0 };
}
