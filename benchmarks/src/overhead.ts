import { farEnd } from './far-end.ts';
import type { Chart } from './chart.ts';
import { contestants } from './overhead/contestants.ts';
import { isolated } from './overhead/isolated.ts';
import { paired, table, type Figures } from './paired.ts';
import { writeResults } from './results.ts';

/**
 * CPU of a whole call, over real HTTP to a far end in another process: the bare client, the client over the
 * transport, everything on, and what others would use. The laws stand beside what is measured.
 */
const rounds = Number(process.env['ROUNDS'] ?? 8);
const kinds = [
  { kind: 'plain', title: 'plain calls', calls: 4000, warmUp: 12_000 },
  { kind: 'streamed', title: 'streams of 50 events', calls: 1000, warmUp: 4000 },
] as const;
/** Most of the bare client's CPU that a contestant may take. */
const laws: Readonly<Record<string, { readonly plain: number; readonly streamed: number }>> = {
  'client + transport': { plain: 0.44, streamed: 0.7 },
  'everything, telemetry without an SDK': { plain: 0.48, streamed: 0.72 },
  'everything, telemetry with SDK and batches': { plain: 0.55, streamed: 0.78 },
};
const wanted = process.env['ONLY']?.split(';');
const names = Object.keys(contestants).filter((name) => wanted?.includes(name) ?? true);

const found: Record<string, readonly Figures[]> = {};
const groups: Chart['groups'][number][] = [];
using upstream = await farEnd();
for (const { kind, title, calls, warmUp } of kinds) {
  const running = names.map((name) => isolated(name, kind, upstream.baseURL));
  const figures = await paired(running, { rounds, calls, warmUp }).finally(() => {
    for (const contestant of running) contestant[Symbol.dispose]();
  });
  console.log(`\n${title}\n${table(figures)}`);
  for (const { name, ratio } of figures) {
    const limit = laws[name]?.[kind];
    if (limit !== undefined)
      console.log(`${name}: ${ratio.toFixed(2)} of ${limit} — ${ratio <= limit ? 'holds' : 'DOES NOT HOLD'}`);
  }
  found[kind] = figures;
  groups.push({
    name: title,
    bars: figures.map(({ name, medianUs, ratio }) => ({
      label: name,
      value: medianUs,
      text: `${medianUs.toFixed(0)} µs · ${ratio.toFixed(2)}`,
    })),
  });
}
// Some of it is for looking at while working; what is kept has everybody in it.
if (wanted === undefined)
  writeResults('overhead', found, {
    title: 'CPU of one call',
    subtitle: 'µs of the client’s process, and the ratio to the bare client in the same round; less is better',
    groups,
  });
process.exit(0);
