import type { Contestant } from './contestant.ts';
import { errorsOf, figuresOf, medianOf, type Figures } from './figures.ts';
import { tooLateMs, watched } from './lateness.ts';
import { play, type Played, type Schedule } from './play.ts';
import type { Trace } from './traces.ts';

/** What one contestant made of one trace over all rounds. */
export interface Standing {
  readonly contestant: string;
  readonly lacks?: string | undefined;
  readonly median: Figures;
  readonly rounds: readonly Figures[];
  readonly errors: Readonly<Record<string, number>>;
}

export interface TraceStandings {
  readonly trace: string;
  readonly says: string;
  readonly standings: readonly Standing[];
}

export interface TournamentOptions {
  readonly traces: readonly Trace[];
  readonly contestants: readonly Contestant[];
  readonly schedule: Schedule;
  readonly rounds: number;
  /** So many rounds in which the process was too late are played again; further ones count. @defaultValue 0 */
  readonly maxVoidRounds?: number;
  readonly stop: AbortSignal;
  /** Told after each round; a void one is played again. */
  readonly onRound?: (round: number, lateMs: number, isVoid: boolean) => void;
}

/** What was found, and for how long the process stood still, at worst, in the rounds that count. */
export interface Tournament {
  readonly all: readonly TraceStandings[];
  readonly lateMs: number;
  readonly voidRounds: number;
}

/**
 * Round by round, each with a seed of its own, all traces and contestants side by side: they mostly wait, and what
 * disturbs the machine disturbs all of them. A round in which the process itself was late says nothing about
 * anybody, whomever it flatters, and is played again.
 */
export async function tournament(options: TournamentOptions): Promise<Tournament> {
  const { traces, contestants, rounds, maxVoidRounds = 0, stop, onRound } = options;
  const played: Played[][][] = traces.map(() => contestants.map(() => []));
  let [latestMs, voidRounds] = [0, 0];
  for (let round = 0; round < rounds && !stop.aborted;) {
    const { value, lateMs } = await watched(() => playRound(options, round));
    if (stop.aborted) break;
    const isVoid = lateMs > tooLateMs && voidRounds < maxVoidRounds;
    onRound?.(round, lateMs, isVoid);
    if (isVoid) {
      voidRounds += 1;
      continue;
    }
    for (const { trace, contestant, result } of value) played[trace]?.[contestant]?.push(result);
    latestMs = Math.max(latestMs, lateMs);
    round += 1;
  }
  const all = traces.map(({ name, says }, trace) => ({
    trace: name,
    says,
    standings: contestants.map((contestant, index) => standingOf(contestant, played[trace]?.[index] ?? [])),
  }));
  return { all, lateMs: latestMs, voidRounds };
}

function standingOf({ name, lacks }: Contestant, results: readonly Played[]): Standing {
  const rounds = results.map(figuresOf);
  return { contestant: name, lacks, median: medianOf(rounds), rounds, errors: errorsOf(results) };
}

interface Found {
  readonly trace: number;
  readonly contestant: number;
  readonly result: Played;
}

async function playRound(options: TournamentOptions, round: number): Promise<Found[]> {
  const { traces, contestants, schedule } = options;
  // If one breaks, the others are stopped and close what they hold before the error goes on.
  const broken = new AbortController();
  const stop = AbortSignal.any([options.stop, broken.signal]);
  const pairs = traces.flatMap((trace, index) => contestants.map((_, contestant) => ({ trace, index, contestant })));
  const settled = await Promise.allSettled(
    pairs.map(async ({ trace, index, contestant }, place): Promise<Found> => {
      // Calls of different pairs are due at different moments, so that they do not queue behind each other.
      const offsetMs = (schedule.everyMs * place) / pairs.length;
      try {
        const setting = { schedule: { ...schedule, offsetMs }, seed: 1000 * (round + 1) + 10 * index, stop };
        return { trace: index, contestant, result: await play(trace, contestants[contestant]!, setting) };
      } catch (error) {
        broken.abort(error);
        throw error;
      }
    }),
  );
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
