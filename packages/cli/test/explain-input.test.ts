import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parseExplainOptions, runExplain, UsageError } from '../src/index.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditFile } from './audit-file.ts';

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

/** A stream that keeps what is written to it. */
function kept(terminal: object = {}): { readonly stream: Writable; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream: Object.assign(stream, terminal), text: () => chunks.join('') };
}

/** What the command does with its arguments, in this process. */
async function explained(args: readonly string[], io: { terminal?: object; env?: NodeJS.ProcessEnv } = {}) {
  const [out, err] = [kept(io.terminal), kept()];
  const stdin = Readable.from([]);
  const command = parseExplainOptions(args)!;
  const ok = await runExplain(command, { stdin, out: out.stream, err: err.stream, env: io.env ?? {} });
  return { ok, out: out.text(), err: err.text() };
}

const misused = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const error: unknown = await explained(args, { env }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  const { message } = error as UsageError;
  expect(message).not.toContain('\n');
  return message;
};

describe('holdfast explain, given', () => {
  it.each([
    [[], 'holdfast explain needs a file of audit lines, or - for standard input.'],
    [['/nowhere/at.all'], '/nowhere/at.all cannot be read: there is no such file.'],
    [['/'], '/ is a directory; expected a file of audit lines.'],
    [['a', 'b'], 'holdfast explain takes one file, got "b" as well.'],
    [['a', '--failde'], 'Unknown option --failde. Did you mean --failed?'],
    [['a', '--last', 'all'], '--last needs a whole number from 1, got "all".'],
    [['a', '--json=yes'], '--json takes no value, got "yes".'],
    [['a', '--prices='], '--prices needs a value, e.g. --prices prices.json.'],
    [['-', '--verify'], '--verify needs a file'],
    [[import.meta.filename], 'is no audit log: expected lines of JSON with a type, and none of'],
    [[process.execPath], 'is no audit log: it has bytes that are no text; expected lines of JSON.'],
  ])('%j: is misused, and says how', async (args, sentence) => {
    expect(await misused(args)).toContain(sentence);
  });

  it('a compressed file: says what to do with it', async () => {
    const message = await misused([written('old.gz', gzipSync(lines.join('\n')))]);
    expect(message).toContain('old.gz is compressed; expected lines of JSON. Try: zcat FILE | holdfast explain -');
  });

  it('an empty file, or an id that no call has: says that there is nothing', async () => {
    const empty = written('empty.jsonl', '');
    expect(await explained([empty])).toEqual({ ok: true, out: `There is no call in ${empty} yet.\n`, err: '' });
    expect((await explained([file, '--call', 'nobody'])).out).toMatch(/^No call has the id nobody\.\nIn all: 4 calls/);
  });

  it('an id, or prices: prints that call alone, or what all of them cost', async () => {
    const { callId } = JSON.parse(lines[1] as string) as { callId: string };
    const { out } = await explained([file, '--call', callId]);
    expect(out.match(/^shop \S+/gm)).toEqual([`shop ${callId}`]);
    const prices = written('prices.json', '{"gpt-5":{"inputUsd":1.25,"outputUsd":10}}');
    expect((await explained([file, '--prices', prices])).out).toContain('Cost of the answers: $4.5000.\n');
  });

  it('prices that are none, or a key that cannot be one: says which, and not the key', async () => {
    expect(await misused([file, '--prices', '/nowhere'])).toContain('The prices in /nowhere cannot be read');
    for (const [content, sentence] of [
      ['{"gpt-5":1}', 'has no price for "gpt-5": expected {'],
      ['{"gpt-5":{"inputUsd":-1,"outputUsd":1}}', 'has no price for "gpt-5": expected {'],
      ['[]', 'is no list of prices: expected {'],
      ['gpt-5: 1', 'is no list of prices: it is no JSON; expected {'],
    ] as const)
      expect(await misused([file, '--prices', written('bad.json', content)])).toContain(sentence);
    const message = await misused([file, '--verify'], { HOLDFAST_AUDIT_KEY: 'zwölf mal sechs' });
    expect(message).toMatch(/^HOLDFAST_AUDIT_KEY cannot be used: /);
    expect(message).not.toMatch(/zw|mal|sechs/);
  });

  it('a terminal: is as wide as that, and coloured unless NO_COLOR is set', async () => {
    const terminal = { isTTY: true, columns: 50 };
    const { out } = await explained([file], { terminal });
    expect(out).toContain('\u001B[1mshop ');
    const plain = await explained([file], { terminal, env: { NO_COLOR: '1' } });
    expect(plain.out).not.toContain('\u001B');
    const [stories] = plain.out.split('In all:');
    for (const line of (stories as string).split('\n')) expect(line.length).toBeLessThanOrEqual(50);
  });

  it('lines that say what a terminal would obey: says nothing of it', async () => {
    const call = JSON.parse(lines[0] as string) as object;
    const evil = { ...call, service: 'a\u001B[2Jb\u009B2J\u202Ec', answeredBy: '\u0007m\n\u2028' };
    for (const more of [[], ['--json']]) {
      const { out } = await explained([written('evil.jsonl', JSON.stringify(evil)), ...more]);
      expect(out).toContain('a [2Jb 2J c');
      // oxlint-disable-next-line no-control-regex
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
    }
  });
});
