#!/usr/bin/env node
import { closest } from './closest.ts';
import { demoUsage, parseDemoOptions } from './demo/options.ts';
import { runDemo } from './demo/run.ts';
import { explainUsage, parseExplainOptions } from './explain/options.ts';
import { runExplain } from './explain/run.ts';
import { interruption } from './interruption.ts';
import { UsageError } from './usage-error.ts';

const usage = `Usage: holdfast <command> [options]

Commands:
  demo      a bad day in a minute: the bare openai client beside the wrapped one
  explain   the stories of the calls in an audit log

holdfast <command> --help tells its options.
`;

/** Exit codes, as shells expect them. */
const codes = { done: 0, broken: 1, misused: 2 } as const;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(usage);
    return codes.done;
  }
  if (command === 'demo') return await demo(args);
  if (command === 'explain') return await explained(args);
  const meant = command === undefined ? undefined : closest(command, ['demo', 'explain', 'help']);
  const complaint =
    command === undefined ? '' : `Unknown command ${command}.${meant ? ` Did you mean ${meant}?` : ''}\n\n`;
  process.stderr.write(complaint + usage);
  return codes.misused;
}

async function demo(args: readonly string[]): Promise<number> {
  const options = parseDemoOptions(args);
  if (options === undefined) {
    process.stdout.write(demoUsage);
    return codes.done;
  }
  const { signal, exitCode } = interruption();
  await runDemo(options, { out: process.stdout, env: process.env, signal });
  return exitCode() ?? codes.done;
}

async function explained(args: readonly string[]): Promise<number> {
  const options = parseExplainOptions(args);
  if (options === undefined) {
    process.stdout.write(explainUsage);
    return codes.done;
  }
  const { stdin, stdout: out, stderr: err, env } = process;
  return (await runExplain(options, { stdin, out, err, env })) ? codes.done : codes.broken;
}

// Whoever reads may stop reading (`| head`); that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? codes.done : 1));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = codes.misused;
}
