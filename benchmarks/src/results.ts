import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { barChart, type Chart } from './chart.ts';

const folder = new URL('../results/', import.meta.url);

/** Keeps what a benchmark has found: `results/NAME.json`, and its picture as `results/NAME.svg`. */
export function writeResults(name: string, found: object, chart: Chart): void {
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, cores: availableParallelism(), cpu: cpus()[0]?.model };
  const json = { benchmark: name, date: new Date().toISOString().slice(0, 10), machine, ...found };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(json, undefined, 2)}\n`);
  writeFileSync(new URL(`${name}.svg`, folder), barChart(chart));
}
