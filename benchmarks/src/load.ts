import { availableParallelism, loadavg } from 'node:os';
import { writeResults } from './results.ts';
import { cannedMedian, cannedNames, runCanned, shapes } from './load/canned.ts';
import { medianOf, runBlock, type Cell } from './load/cell.ts';
import { columns } from './load/columns.ts';
import { contestants } from './load/clients.ts';
import { blocks, openFilesAllowed } from './load/grid.ts';
import { laws, loadChart } from './load/laws.ts';
import { holds, lawText } from './load/ratio.ts';
import { cellText, titleOf } from './load/report.ts';

/**
 * What happens under load: throughput, latencies, CPU and memory of the bare client and of ours, at 1 to 10 000 calls
 * and streams at once. Each contestant has a process and a far end of its own, and takes its turn in every round.
 */
const isQuick = process.env['QUICK'] === '1';
const cells: Cell[] = [];
const skipped: string[] = [];
const [loadBefore = 0] = loadavg();
// One core is the client's and the far end takes a part of another.
if (loadBefore > availableParallelism() / 2)
  console.log(
    `Others are at work here (load average ${loadBefore.toFixed(1)}, ${availableParallelism()} cores): what goes by the clock says little, CPU per call more.`,
  );
// Ends with the children: they exit when this process is gone.
process.once('SIGINT', () => process.exit(130));

for (const block of blocks()) {
  const needed = block.concurrency + 200;
  if (needed > openFilesAllowed()) {
    skipped.push(
      `${block.concurrency} ${block.kind}s at once were skipped: a process may have ${openFilesAllowed()} files open (ulimit -n), and ${needed} are needed.`,
    );
    console.log(`\n${skipped.at(-1)}`);
    continue;
  }
  const found = await runBlock(block);
  for (const cell of found) console.log(cellText(cell));
  cells.push(...found);
}

const canned = await runCanned(isQuick ? 2 : 8);
console.log('\nThe layers alone, answered from memory, µs CPU per call');
const shapeNames = shapes.map(({ inFlight, circuits }) =>
  circuits === 1 ? `${inFlight} in flight` : `${circuits} circuits`,
);
console.log(
  columns([
    ['', ...shapeNames],
    ...cannedNames.map((name) => [name, ...shapes.map((_, shape) => cannedMedian(canned, name, shape).toFixed(1))]),
  ]),
);

const judged = laws(cells, canned);
console.log(`\n${judged.map(lawText).join('\n')}`);

if (!isQuick)
  writeResults(
    'load',
    {
      loadAverageBefore: loadBefore,
      cells: cells.map((cell) => ({
        cell: titleOf(cell).trim(),
        contestants: Object.fromEntries(
          contestants.map((name) => [
            name,
            Object.fromEntries(
              Object.keys(cell.shown[name][0] ?? {}).map((key) => {
                const value = medianOf(cell, name, key as Parameters<typeof medianOf>[2]);
                return [key, Number.isNaN(value) ? null : Number(value.toPrecision(4))];
              }),
            ),
          ]),
        ),
      })),
      cannedUs: Object.fromEntries(
        cannedNames.map((name) => [
          name,
          Object.fromEntries(shapeNames.map((shape, at) => [shape, Number(cannedMedian(canned, name, at).toFixed(1))])),
        ]),
      ),
      laws: judged.map((law) => ({ law: lawText(law), holds: law.found.rounds > 0 && holds(law) })),
      skipped,
    },
    loadChart(cells),
  );
