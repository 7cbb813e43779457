import { paired, type Figures } from './paired.ts';
import { chunksOf, type Kind } from './telemetry/canned.ts';
import { contestants } from './telemetry/contestants.ts';
import { started } from './telemetry/worker.ts';

/**
 * What it costs to be seen: the real client over a `fetch` that answers from memory, with telemetry and without, with
 * an SDK and without, beside the instrumentations that others would use. Each in a process of its own.
 */
const rounds = Number(process.env['ROUNDS'] ?? 20);
/** Most that a call and a chunk may cost, in microseconds of CPU. */
const laws: Readonly<Record<string, { readonly callUs: number; readonly chunkUs: number }>> = {
  'telemetry, no SDK': { callUs: 8, chunkUs: 0.3 },
  'telemetry, SDK': { callUs: 60, chunkUs: 1.2 },
};
const turns: Readonly<Record<Kind, { readonly calls: number; readonly warmUp: number }>> = {
  plain: { calls: 4000, warmUp: 8000 },
  'stream of 50': { calls: 500, warmUp: 1000 },
  'stream of 250': { calls: 150, warmUp: 300 },
};
const wanted = process.env['ONLY']?.split(';');
const names = Object.keys(contestants).filter((name) => wanted?.includes(name) ?? true);

const found = new Map<Kind, readonly Figures[]>();
for (const kind of Object.keys(turns) as Kind[]) {
  const running = await Promise.all(names.map((name) => started(name, kind)));
  const figures = await paired(running, { rounds, ...turns[kind] }).finally(() => {
    for (const contestant of running) contestant[Symbol.dispose]();
  });
  found.set(kind, figures);
  console.log(`${kind}: ${figures.map(({ name, medianUs }) => `${name} ${medianUs.toFixed(1)}`).join(', ')}`);
}

const medianOf = (kind: Kind, name: string): number =>
  found.get(kind)?.find((one) => one.name === name)?.medianUs ?? Number.NaN;
const between = chunksOf['stream of 250'] - chunksOf['stream of 50'];
console.log('\nextra CPU in µs, per plain call, per stream of 50 chunks, and per chunk');
for (const name of names) {
  const { than } = contestants[name]!;
  if (than === undefined) continue;
  const extra = (kind: Kind): number => medianOf(kind, name) - medianOf(kind, than);
  const callUs = extra('plain');
  const chunkUs = (extra('stream of 250') - extra('stream of 50')) / between;
  const law = laws[name];
  const verdict =
    law === undefined
      ? ''
      : ` — law ${law.callUs} and ${law.chunkUs}: ${callUs <= law.callUs && chunkUs <= law.chunkUs ? 'holds' : 'DOES NOT HOLD'}`;
  console.log(
    `${name}: ${callUs.toFixed(1)}, ${extra('stream of 50').toFixed(1)}, ${chunkUs.toFixed(2)} (over ${than})${verdict}`,
  );
}
process.exit(0);
