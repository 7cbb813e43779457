import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFile, chainKey } from './audit-file.ts';
import { runCli } from './run-cli.ts';

let folder: string;
let file: string;
let lines: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-explain-'));
  ({ file, lines } = await auditFile(folder));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file in the folder of the test. */
const written = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const storiesIn = (stdout: string): number => stdout.match(/^shop \S+ · /gm)?.length ?? 0;
const total = 'In all: 4 calls, 2 failed, 1 of them refused; 1 took more than one attempt.\n';

describe.concurrent('holdfast explain', () => {
  it('prints a story for each call, and what they come to', async () => {
    const { code, stdout, stderr } = await runCli(['explain', file]);
    expect([code, stderr]).toEqual([0, '']);
    expect(storiesIn(stdout)).toBe(4);
    const flat = stdout.replaceAll(/[\s·]+/g, ' ');
    expect(flat).toContain('chat gpt-5 answered by gpt-5-2025-08-07 complete after');
    expect(flat).toMatch(/retry waits [\d.]+ ms: overloaded/);
    expect(flat).toContain('The circuit of gpt-4.1 chat at api.openai.com stays open until it is closed by hand.');
    expect(stdout).toMatch(new RegExp(`\n\n${total}Answered by: gpt-5-2025-08-07 2\\.\n$`));
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/\u001B/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('prints those that are asked for: the last ones that failed', async () => {
    const failed = await runCli(['explain', file, '--failed', '--last', '1']);
    expect(storiesIn(failed.stdout)).toBe(1);
    expect(failed.stdout).toContain('failed (circuit_open)');
    expect(failed.stdout).toContain(`The last 1 of 2 failed calls are shown; --last N shows more.\n${total}`);
  });

  it('prints facts as JSON, and what calls cost where prices are given', async () => {
    const prices = written('prices.json', '{"gpt-5":{"inputUsd":1.25,"outputUsd":10}}');
    const json = await runCli(['explain', file, '--json', '--last', '3', '--prices', prices]);
    const facts = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { attempts: number; costUsd: number | null });
    expect(facts.map(({ attempts, costUsd }) => [attempts, costUsd])).toEqual([
      [2, 2.25],
      [1, null],
      [0, null],
    ]);
  });

  it('checks the chain, and exits with 1 where it is broken', async () => {
    const env = { HOLDFAST_AUDIT_KEY: chainKey };
    const holds = await runCli(['explain', file, '--verify'], env);
    expect([holds.code, holds.stderr]).toEqual([0, 'The chain holds: 4 lines; 0 more could not be written.\n']);
    const edited = written('edited.jsonl', `${lines.join('\n').replace('"status":400', '"status":200')}\n`);
    const broken = await runCli(['explain', edited, '--verify'], env);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toBe('The chain is broken at line 3: it was changed, or another key was used.\n');
  });

  it('tells lines that it cannot read, and reads the others', async () => {
    const huge = JSON.stringify({ type: 'call', service: 'x'.repeat(5_000_000) });
    const odd = ['{"v":1,"se', '', 'null', '{"type":"call"}', '{"type":"gap"}', huge, '\u001B[2J'];
    const torn = written('torn.jsonl', [lines[0], ...odd, lines[1]].join('\r\n'));
    const { code, stdout, stderr } = await runCli(['explain', torn]);
    expect([code, stderr]).toEqual([0, 'Lines 2, 4, 5, 7, 8 are none of an audit log, and were skipped.\n']);
    expect(storiesIn(stdout)).toBe(2);
  });

  it('says in one line what cannot be meant', async () => {
    const { code, stdout, stderr } = await runCli(['explain', '/nowhere/at.all']);
    expect([code, stdout, stderr]).toEqual([2, '', '/nowhere/at.all cannot be read: there is no such file.\n']);
  });
});

describe.concurrent('holdfast explain in a pipe', () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const node = [process.execPath, '--conditions=@holdfast/source', '--no-warnings', main];

  it('reads standard input', async () => {
    const child = spawn(node[0] as string, [...node.slice(1), 'explain', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end(lines.slice(0, 2).join('\n'));
    expect(await ended).toBe(0);
    expect(storiesIn(Buffer.concat(chunks).toString())).toBe(2);
  });

  it('ends quietly when nobody reads on', async () => {
    const many = written('many.jsonl', `${Array.from({ length: 3000 }, () => lines[1]).join('\n')}\n`);
    const script = 'set -o pipefail; "$@" | head -n 1';
    const args = ['-c', script, 'bash', ...node, 'explain', many, '--last', '3000'];
    const { stdout, stderr } = await promisify(execFile)('bash', args);
    expect([stdout.split('\n').length, stderr]).toEqual([2, '']);
  });
});
