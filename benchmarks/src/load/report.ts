import { columns } from './columns.ts';
import { contestants } from './clients.ts';
import { medianOf, valuesOf, type Cell } from './cell.ts';
import { ratioOf, ratioText } from './ratio.ts';

const head = [
  'contestant',
  'calls/s',
  'ratio',
  'CPU µs',
  'ratio',
  'p50 ms',
  'p99',
  'ratio',
  'p99.9',
  'first p50',
  'first p99',
  'RSS MB',
];
/** From here on a process has next to nothing left of its core. */
const busy = 0.85;

/** One cell as a table, with what limited it. */
export function cellText(cell: Cell): string {
  const rows = contestants.map((name) => {
    const figure = (key: Parameters<typeof medianOf>[2], digits = 0): string => {
      const value = medianOf(cell, name, key);
      return Number.isNaN(value) ? '–' : value.toFixed(digits);
    };
    const ratio = (key: Parameters<typeof medianOf>[2]): string =>
      name === 'bare client' ? '' : ratioText(ratioOf(valuesOf(cell, name, key), valuesOf(cell, 'bare client', key)));
    return [
      name,
      figure('perSecond'),
      ratio('perSecond'),
      figure('cpuUsPerCall'),
      ratio('cpuUsPerCall'),
      figure('p50Ms', 1),
      figure('p99Ms', 1),
      ratio('p99Ms'),
      figure('p999Ms', 1),
      cell.kind === 'stream' ? figure('firstP50Ms', 1) : '',
      cell.kind === 'stream' ? figure('firstP99Ms', 1) : '',
      figure('rssMb'),
    ];
  });
  return [titleOf(cell), columns([head, ...rows]), ...remarks(cell)].join('\n');
}

export function titleOf({ kind, concurrency, latencyMs, loop, perSecond = 0, isBeyond }: Cell): string {
  const how =
    loop === 'closed'
      ? `${concurrency} ${concurrency === 1 ? 'caller' : 'callers'}, closed loop`
      : `${perSecond.toFixed(0)} due per second${isBeyond ? ', more than the bare client managed in the closed loop' : ''}, at most ${concurrency} at once, open loop`;
  return `\n${kind}s, ${how}, far end thinks ${latencyMs} ms`;
}

function remarks(cell: Cell): string[] {
  return contestants.flatMap((name) => {
    const found: string[] = [];
    const failed = valuesOf(cell, name, 'failed').reduce((sum, value) => sum + value, 0);
    if (failed > 0) found.push(`${name}: ${failed} calls failed`);
    if (cell.loop === 'open' || cell.concurrency === 1) return found;
    const own = medianOf(cell, name, 'busy');
    const far = medianOf(cell, name, 'farEndBusy');
    if (far >= busy) found.push(`${name}: the far end was the limit (${(far * 100).toFixed(0)} % of a core)`);
    else if (own < busy && medianOf(cell, name, 'perSecond') < 0.8 * mostPerSecond(cell))
      found.push(`${name}: was late, with ${(own * 100).toFixed(0)} % of a core: the machine was shared`);
    return found;
  });
}

/** What callers that wait for nothing but the far end would manage. */
const mostPerSecond = ({ concurrency, latencyMs }: Cell): number => (concurrency * 1000) / latencyMs;
