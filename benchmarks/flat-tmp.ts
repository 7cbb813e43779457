import { runBlock, medianOf, valuesOf } from './src/load/cell.ts';
import { contestants } from './src/load/clients.ts';
import { runCanned, shapes } from './src/load/canned.ts';
import { laws } from './src/load/laws.ts';
import { lawText } from './src/load/ratio.ts';
const cells = [];
for (const concurrency of [1, 64, 1000]) {
  const c = await runBlock({ kind: 'call', concurrency, latenciesMs: [0], rounds: 5, open: [] });
  cells.push(...c);
  for (const n of contestants)
    console.log(
      concurrency,
      n,
      valuesOf(c[0]!, n, 'cpuUsPerCall').map(Math.round).join(' '),
      '/s',
      valuesOf(c[0]!, n, 'perSecond').map(Math.round).join(' '),
    );
}
cells.push(...(await runBlock({ kind: 'call', concurrency: 10000, latenciesMs: [500], rounds: 1, open: [] })));
const canned = await runCanned(8);
for (const [n, rows] of canned)
  console.log(
    n,
    rows.map((r, i) => JSON.stringify(shapes[i]) + ' ' + r.toSorted((a, b) => a - b)[4]!.toFixed(1)).join('  '),
  );
console.log(laws(cells, canned).map(lawText).join('\n'));
