import { quantile } from '../paired.ts';
import { rawFarEnd } from '../load/raw-far-end.ts';
import type { ContestantName } from '../load/clients.ts';
import { startSubject, type Order } from './worker.ts';

/** Bytes held after each stage. */
export interface Growth {
  readonly stages: readonly number[];
  /** The median step from stage to stage, times the steps: once in a while the engine throws compiled code away. */
  readonly bytes: number;
  /** How far steps lie from their median, grown as chance grows. */
  readonly noise: number;
}

export interface Stages {
  readonly count: number;
  readonly order: (stage: number) => Order;
}

/** Measures after each stage; the first one is left out, for in it everything is made that is made once. */
export async function growth(subject: Parameters<typeof startSubject>[0], { count, order }: Stages): Promise<Growth> {
  using child = await startSubject(subject);
  const stages: number[] = [];
  for (let stage = 0; stage < count; stage++) {
    await child.ask(order(stage));
    stages.push(await child.ask({ do: 'measure' }));
  }
  const steady = stages.slice(1);
  const steps = steady.slice(1).map((bytes, index) => bytes - (steady[index] as number));
  const step = quantile(steps, 0.5);
  const deviation = quantile(
    steps.map((one) => Math.abs(one - step)),
    0.5,
  );
  return { stages, bytes: step * steps.length, noise: deviation * Math.sqrt(steps.length) };
}

/** Calls, the same again and again, sixty-four at a time. */
export const sameCalls = (calls: number, count: number): Stages => ({
  count,
  order: () => ({ do: 'calls', kind: 'call', calls: calls / count, atOnce: 64 }),
});

/** Models or keys that were never seen before, in each stage. */
export const neverSeen = (what: 'model' | 'key', perStage: number, each: number): Stages => ({
  count: 6,
  order: (stage) => ({ do: 'distinct', what, from: stage * perStage, to: (stage + 1) * perStage, each }),
});

/** Over real HTTP. */
export async function growthOverHttp(name: ContestantName, stages: Stages): Promise<Growth> {
  using farEnd = await rawFarEnd();
  return await growth({ name, baseURL: farEnd.baseURL(0) }, stages);
}
