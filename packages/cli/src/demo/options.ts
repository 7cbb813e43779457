import { parseArgs } from 'node:util';
import { checkOption } from '../check-option.ts';
import { UsageError } from '../usage-error.ts';

/** How the demo is run. */
export interface DemoOptions {
  /** How long the day lasts. @defaultValue 60, with `live` 15 */
  readonly seconds: number;
  /** Calls the real API in place of the fake upstream. @defaultValue false */
  readonly live: boolean;
  /** Lines in place of the live view, as without a terminal. @defaultValue false */
  readonly plain: boolean;
  /** File that gets a picture of the closing state. @defaultValue none */
  readonly svg?: string;
}

/** The only place where a default or a bound stands. */
export const defaults = {
  seconds: 60,
  liveSeconds: 15,
  leastSeconds: 3,
  mostSeconds: 600,
  mostLiveSeconds: 60,
} as const;

const known = {
  seconds: { type: 'string' },
  live: { type: 'boolean' },
  plain: { type: 'boolean' },
  svg: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `holdfast demo --help` prints. */
export const demoUsage: string = `Usage: holdfast demo [options]

A bad day in a minute, for the bare openai client and for the wrapped one, side by side on a fake upstream.

  --seconds N   how long the day lasts, ${defaults.leastSeconds} to ${defaults.mostSeconds} (default ${defaults.seconds})
  --live        call the real API instead: a few short calls, one at a time (needs OPENAI_API_KEY)
  --plain       lines instead of the live view, as without a terminal
  --svg FILE    also write a picture of how it ended
  -h, --help    this text
`;

/**
 * Reads what follows `holdfast demo`. `undefined` if help is asked for.
 *
 * @throws UsageError for anything that cannot be meant, with what could have been.
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const { values, tokens } = parseArgs({ args: [...args], options: known, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new UsageError(`holdfast demo takes no argument "${token.value}", only options.`);
    if (token.kind === 'option') checkOption(token, known, examples);
  }
  if (values.help === true) return undefined;
  const live = values.live === true;
  return {
    seconds: secondsOf(values.seconds, live),
    live,
    plain: values.plain === true,
    ...(typeof values.svg === 'string' && { svg: values.svg }),
  };
}

const examples = { seconds: '20', svg: 'demo.svg' } as const;
function secondsOf(value: unknown, live: boolean): number {
  if (typeof value !== 'string') return live ? defaults.liveSeconds : defaults.seconds;
  const most = live ? defaults.mostLiveSeconds : defaults.mostSeconds;
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (seconds >= defaults.leastSeconds && seconds <= most) return seconds;
  const where = live ? ' with --live' : '';
  throw new UsageError(`--seconds needs a number from ${defaults.leastSeconds} to ${most}${where}, got "${value}".`);
}
