import { describe, expect, it } from 'vitest';
import { closest } from '../src/closest.ts';
import { parseDemoOptions } from '../src/demo/options.ts';
import { runCli } from './run-cli.ts';

describe.concurrent('the command line', () => {
  it('tells how it is used, and that this was no use, when no command is given', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: holdfast');
  });

  it('names the command that was probably meant', async () => {
    const { code, stderr } = await runCli(['dmeo']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean demo?');
  });

  it.each([['--help'], ['demo', '--help']])('helps when asked: %s %s', async (...args) => {
    const { code, stdout } = await runCli(args.filter((arg) => typeof arg === 'string'));
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: holdfast');
  });

  it('complains about an option in one line', async () => {
    const { code, stderr } = await runCli(['demo', '--secnds', '5']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Unknown option --secnds. Did you mean --seconds?\n' });
  });

  it('says what --live lacks without a key', async () => {
    const { code, stderr } = await runCli(['demo', '--live']);
    expect(code).toBe(2);
    expect(stderr).toBe('--live calls the real API and needs a key: set OPENAI_API_KEY, or leave --live out.\n');
  });

  it('says so when the picture cannot be written, before the day is played', async () => {
    const { code, stdout, stderr } = await runCli(['demo', '--svg', '/nowhere/at/all.svg']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^--svg cannot write \/nowhere\/at\/all\.svg: .+\n$/);
  });
});

describe('parseDemoOptions', () => {
  it('takes a minute unless told otherwise', () => {
    expect(parseDemoOptions([])).toEqual({ seconds: 60, live: false, plain: false });
    expect(parseDemoOptions(['--seconds=7.5', '--plain'])).toEqual({ seconds: 7.5, live: false, plain: true });
  });

  it.each([
    [['--seconds', 'abc'], '--seconds needs a number from 3 to 600, got "abc".'],
    [['--seconds', '1'], '--seconds needs a number from 3 to 600, got "1".'],
    [['--live', '--seconds', '300'], '--seconds needs a number from 3 to 60 with --live, got "300".'],
    [['--seconds', '-5'], '--seconds needs a number from 3 to 600, got "-5".'],
    [['--seconds'], '--seconds needs a value, e.g. --seconds 20.'],
    [['--svg', '--live'], '--svg needs a value, e.g. --svg demo.svg.'],
    [['--live=yes'], '--live takes no value, got "yes".'],
    [['--colour'], 'Unknown option --colour. The options are --seconds, --live, --plain, --svg, --help.'],
    [['-x'], 'Unknown option -x. The options are --seconds, --live, --plain, --svg, --help.'],
    [['now'], 'holdfast demo takes no argument "now", only options.'],
  ])('refuses %j with one sentence', (args, sentence) => {
    expect(() => parseDemoOptions(args)).toThrow(sentence);
  });
});

describe('closest', () => {
  it('guesses only what is near', () => {
    expect(closest('secnds', ['seconds', 'svg'])).toBe('seconds');
    expect(closest('liv', ['live', 'svg'])).toBe('live');
    expect(closest('colour', ['seconds', 'svg'])).toBeUndefined();
    expect(closest('x', ['svg'])).toBeUndefined();
  });
});
