import { parseArgs } from 'node:util';
import { checkOption } from '../check-option.ts';
import { UsageError } from '../usage-error.ts';

/** What is explained, and how. */
export interface ExplainCommand {
  /** A file of audit lines; `-` is standard input. */
  readonly file: string;
  /** Facts as JSON, a line for each call. @defaultValue false */
  readonly json: boolean;
  /** Only calls that failed. @defaultValue false */
  readonly failed: boolean;
  /** Only the call of this id. */
  readonly call?: string;
  /** The last so many calls. @defaultValue 10; all with `call` */
  readonly last: number;
  /** Checks the chain as well. @defaultValue false */
  readonly verify: boolean;
  /** A file of prices, to tell what calls cost. */
  readonly prices?: string;
}

/** The only place where a default stands. */
export const defaults = { last: 10 } as const;

const known = {
  json: { type: 'boolean' },
  failed: { type: 'boolean' },
  call: { type: 'string' },
  last: { type: 'string' },
  verify: { type: 'boolean' },
  prices: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `holdfast explain --help` prints. */
export const explainUsage: string = `Usage: holdfast explain FILE [options]

The story of each call in an audit log: attempts, waits, refusals, models. FILE may be - for standard input.

  --last N      the last N calls (default ${defaults.last})
  --failed      only calls that failed
  --call ID     only the call of this id
  --prices FILE what answers cost: JSON like {"gpt-5": {"inputUsd": 1.25, "outputUsd": 10}}, per million tokens
  --json        the same facts as JSON, a line for each call
  --verify      also check that no line was changed or is missing (exit code 1 if so); the key of the chain, if it has
                one, is taken from HOLDFAST_AUDIT_KEY
  -h, --help    this text
`;

/**
 * Reads what follows `holdfast explain`. `undefined` if help is asked for.
 *
 * @throws UsageError for anything that cannot be meant, with what could have been.
 */
export function parseExplainOptions(args: readonly string[]): ExplainCommand | undefined {
  const { values, tokens, positionals } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  for (const token of tokens) if (token.kind === 'option') checkOption(token, known, examples);
  if (values.help === true) return undefined;
  const [file, ...others] = positionals;
  if (file === undefined)
    throw new UsageError('holdfast explain needs a file of audit lines, or - for standard input.');
  if (others.length > 0) throw new UsageError(`holdfast explain takes one file, got "${others[0]}" as well.`);
  if (file === '-' && values.verify === true)
    throw new UsageError('--verify needs a file: files that were put aside before it belong to its chain.');
  return {
    file,
    json: values.json === true,
    failed: values.failed === true,
    ...(typeof values.call === 'string' && { call: values.call }),
    ...(typeof values.prices === 'string' && { prices: values.prices }),
    last: lastOf(values.last, values.call !== undefined),
    verify: values.verify === true,
  };
}

const examples = { call: 'k3x-1', last: '20', prices: 'prices.json' } as const;

function lastOf(value: unknown, isOne: boolean): number {
  if (typeof value !== 'string') return isOne ? Number.POSITIVE_INFINITY : defaults.last;
  const last = /^\d+$/.test(value) ? Number(value) : 0;
  if (last >= 1) return last;
  throw new UsageError(`--last needs a whole number from 1, got "${value}".`);
}
