import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUpstream } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { runCli, startCli } from './run-cli.ts';

/** The numbers of a row of the closing table: answered and failed of both sides. */
function numbersOf(stdout: string, label: string): readonly number[] {
  const line = stdout.split('\n').findLast((each) => each.startsWith(label)) ?? '';
  const counted = /(\d+) +(\d+) +(?:\d+|–) +(\d+) +(\d+)/.exec(line.slice(label.length));
  return counted?.slice(1).map(Number) ?? [];
}

describe.concurrent('holdfast demo', () => {
  it('plays the day, in which the wrapped client answers more than the bare one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
    const svg = join(folder, 'demo.svg');
    const { code, stdout, stderr } = await runCli(['demo', '--seconds', '5', '--svg', svg]);
    const picture = await readFile(svg, 'utf8');
    await rm(folder, { recursive: true });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [bareAnswered = 0, bareFailed = 0, answered = 0, failed = 0] = numbersOf(stdout, 'the day');
    expect(bareAnswered + bareFailed).toBeGreaterThan(30);
    expect(answered / (answered + failed)).toBeGreaterThan(bareAnswered / (bareAnswered + bareFailed));
    expect(numbersOf(stdout, 'revoked')[3]).toBe(0);
    expect(stdout).toContain('One call that was saved');
    expect(stdout).not.toContain('\u001b');
    expect(picture).toContain('</svg>');
  });

  it('counts every phase into the whole', async () => {
    const { stdout } = await runCli(['demo', '--seconds', '3']);
    const phases = ['healthy', 'revoked', '429 storm', 'down', 'recovery'].map((name) => numbersOf(stdout, name));
    const sums = [0, 1, 2, 3].map((column) =>
      phases.reduce((sum, numbers) => sum + (numbers[column] ?? Number.NaN), 0),
    );
    expect(numbersOf(stdout, 'the day')).toEqual(sums);
  });

  it('ends soon after Ctrl-C, with the closing table of what was counted', async () => {
    const { child, ended, printed } = startCli(['demo', '--seconds', '60']);
    await printed('0:05');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout).toContain('Ended early');
    expect(numbersOf(stdout, 'the day')[0]).toBeGreaterThan(0);
    expect(stdout).not.toContain('recovery');
  });

  it('is the Ctrl-C of one press, however often it arrives', async () => {
    const { child, ended, printed } = startCli(['demo', '--seconds', '60']);
    await printed('healthy');
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('the day');
  });

  it('calls the API of the environment with --live, one call at a time per side', async () => {
    await using upstream = await startUpstream();
    const env = { OPENAI_API_KEY: 'demo-key', OPENAI_BASE_URL: upstream.baseURL };
    const { code, stdout } = await runCli(['demo', '--live', '--seconds', '3'], env);
    expect(code).toBe(0);
    expect(stdout).toContain(`to ${new URL(upstream.url).host}`);
    expect(numbersOf(stdout, 'the day')).toEqual([3, 0, 3, 0]);
    expect(upstream.log).toHaveLength(6);
  });
});
