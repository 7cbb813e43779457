import type { Readable, Writable } from 'node:stream';
import { explain, explainJson, verifyAuditFile, type AuditVerdict } from 'holdfast';
import { UsageError } from '../usage-error.ts';
import type { ExplainCommand } from './options.ts';
import { pricesOf } from './prices.ts';
import { readLog, type ReadLog } from './read-log.ts';
import { Tally, type CallText } from './tally.ts';

/** Where it reads and writes. */
export interface ExplainIo {
  readonly stdin: Readable;
  readonly out: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** What is not part of the answer. */
  readonly err: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Columns of lines. Without a terminal nobody says; wider than the widest is hard to read. */
const columns = { unknown: 100, narrowest: 20, widest: 160 } as const;

/** Lines that are told by number; more are counted. */
const namedLines = 5;

/**
 * Prints the stories of an audit log. Returns whether the chain held, where that was asked for.
 *
 * @throws UsageError for a file that cannot be read, or that is no audit log.
 */
export async function runExplain(command: ExplainCommand, io: ExplainIo): Promise<boolean> {
  const { file, json, last, prices } = command;
  const { out, err } = io;
  const costOf = prices === undefined ? undefined : pricesOf(prices);
  const tally = new Tally(costOf);
  const log = await readLog({ file, stdin: io.stdin }, { isWanted: wantedBy(command), last, tally });
  const cost = costOf === undefined ? {} : { costOf };
  const look = { ...cost, width: widthOf(out), color: out.isTTY === true && !io.env['NO_COLOR'] };
  for (const call of log.calls)
    out.write(json ? `${JSON.stringify(explainJson(call, cost))}\n` : `${explain(call, look)}\n\n`);
  if (!json)
    out.write(
      closing(command, log)
        .map((line) => `${line}\n`)
        .join(''),
    );
  if (log.unread.length > 0) err.write(`${unreadText(log.unread)}\n`);
  return command.verify ? await checked(file, io) : true;
}

const wantedBy =
  ({ call, failed }: ExplainCommand) =>
  ({ callId, ending }: CallText): boolean =>
    (call === undefined || callId === call) && (!failed || ending === 'failed');

/** A terminal that does not know its width says 0. */
const widthOf = ({ columns: told }: ExplainIo['out']): number =>
  Math.min(columns.widest, Math.max(columns.narrowest, told || columns.unknown));

function closing({ file, call, failed }: ExplainCommand, { calls, tally }: ReadLog): readonly string[] {
  if (tally.calls === 0) return [`There is no call in ${file === '-' ? 'standard input' : file} yet.`];
  const all = tally.lines();
  if (calls.length > 0) {
    const wanted = failed ? tally.failed : tally.calls;
    return call === undefined && calls.length < wanted ? [shownText(calls.length, wanted, failed), ...all] : all;
  }
  return [call === undefined ? 'No call failed.' : `No ${failed ? 'failed ' : ''}call has the id ${call}.`, ...all];
}

const shownText = (shown: number, wanted: number, failed: boolean): string =>
  `The last ${shown} of ${wanted}${failed ? ' failed' : ''} calls are shown; --last N shows more.`;

/** E.g. `Lines 3, 8 and 2 more are none of an audit log, and were skipped.` */
function unreadText(unread: readonly number[]): string {
  const named = unread.slice(0, namedLines).join(', ');
  if (unread.length === 1) return `Line ${named} is none of an audit log, and was skipped.`;
  const more = unread.length > namedLines ? ` and ${unread.length - namedLines} more` : '';
  return `Lines ${named}${more} are none of an audit log, and were skipped.`;
}

async function checked(file: string, { err, env }: Pick<ExplainIo, 'err' | 'env'>): Promise<boolean> {
  const verdict = await verdictOn(file, env['HOLDFAST_AUDIT_KEY'] || undefined);
  if (verdict.ok) err.write(`The chain holds: ${verdict.lines} lines; ${verdict.dropped} more could not be written.\n`);
  else err.write(`The chain is broken at line ${verdict.line}: ${verdict.problem}.\n`);
  return verdict.ok;
}

async function verdictOn(file: string, key: string | undefined): Promise<AuditVerdict> {
  try {
    return await verifyAuditFile(file, key === undefined ? {} : { key });
  } catch (error) {
    // Of what it is given only the key can be of a wrong kind.
    if (error instanceof TypeError) throw new UsageError(`HOLDFAST_AUDIT_KEY cannot be used: ${error.message}`);
    throw new UsageError(`The chain of ${file} cannot be read: ${(error as Error).message}.`);
  }
}
