import { fileURLToPath } from 'node:url';
import { quantile } from '../paired.ts';
import { cannedFetch } from './answers.ts';
import { once } from './calls.ts';
import { answering, isChildOf, startChild } from './child.ts';
import { cannedClientOf, type CannedName } from './clients.ts';

/**
 * The layers alone, over a `fetch` that answers from memory: whether a call costs the same however many others
 * are in flight and however many circuits there are. Without sockets it is not the system that is measured.
 */
const here = fileURLToPath(import.meta.url);

/** Calls in flight at a time, and models that they go round. */
export interface Shape {
  readonly inFlight: number;
  readonly circuits: number;
}

export const cannedNames: readonly CannedName[] = ['bare client', 'core alone', 'everything'];
export const shapes: readonly Shape[] = [
  ...[1, 64, 1000].map((inFlight) => ({ inFlight, circuits: 1 })),
  ...[100, 1000].map((circuits) => ({ inFlight: 1, circuits })),
  // Last, for the heap that it leaves behind weighs on what comes next.
  { inFlight: 10_000, circuits: 1 },
];

/** CPU per call in microseconds, by contestant and shape, round by round. */
export type CannedFigures = ReadonlyMap<CannedName, readonly (readonly number[])[]>;

export async function runCanned(rounds: number): Promise<CannedFigures> {
  const found = new Map<CannedName, number[][]>(cannedNames.map((name) => [name, shapes.map(() => [])]));
  const children = [];
  try {
    for (const name of cannedNames)
      children.push({ name, child: await startChild<Shape, number>(here, { args: [name] }) });
    // The first two rounds are for the compiler; what they show is left out.
    for (let round = -2; round < rounds; round++) {
      for (const { child } of children) await child.ask(shapes[0] as Shape);
      for (const [index, shape] of shapes.entries())
        for (const { name, child } of children) {
          const cost = await child.ask(shape);
          if (round >= 0) found.get(name)?.[index]?.push(cost);
        }
    }
    return found;
  } finally {
    for (const { child } of children) child[Symbol.dispose]();
  }
}

export const cannedMedian = (figures: CannedFigures, name: CannedName, shape: number): number =>
  quantile(figures.get(name)?.[shape] ?? [], 0.5);

async function measured(client: ReturnType<typeof cannedClientOf>, { inFlight, circuits }: Shape): Promise<number> {
  const calls = Math.max(2000, inFlight);
  const models = Array.from({ length: circuits }, (_, index) => `model-${index}`);
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < calls) await once(client, 'call', models[begun++ % circuits]);
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

if (isChildOf(here)) {
  const client = cannedClientOf(process.argv[2] as CannedName, cannedFetch);
  answering((shape: Shape) => measured(client, shape));
}
