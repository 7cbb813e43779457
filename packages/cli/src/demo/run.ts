import { open, writeFile } from 'node:fs/promises';
import { sleep, systemClock, type Clock } from 'holdfast';
import { UsageError } from '../usage-error.ts';
import { closingTable } from './closing-table.ts';
import { dayPhases, livePhases, models, phaseAt, type Phase } from './day.ts';
import { LiveView } from './live-view.ts';
import { runLoad, type Load } from './load.ts';
import type { DemoOptions } from './options.ts';
import type { DemoOutput } from './output.ts';
import { PlainView } from './plain-view.ts';
import { fakeSides, liveModels, liveSides, type Side, type Sides } from './sides.ts';
import type { Snapshot } from './snapshot.ts';
import { Storyteller, tellStory } from './story.ts';
import { closingSvg } from './svg.ts';
import { Tally } from './tally.ts';

/** What the demo is given of its surroundings. */
export interface DemoIo {
  readonly out: DemoOutput;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the day early; what was counted by then is still reported. */
  readonly signal: AbortSignal;
  /** @defaultValue the clock of the machine */
  readonly clock?: Clock;
}

/** What came of it. */
export interface DemoResult {
  readonly isInterrupted: boolean;
  readonly snapshot: Snapshot;
}

/** What shows how the day goes. */
interface View {
  update(snapshot: Snapshot): void;
  stop(): void;
}

/** Load of each side: on the fake upstream, and on the real API, where calls cost money. */
const loads = {
  fake: { model: models.asked, everyMs: 100, maxInFlight: 64, maxCalls: Number.POSITIVE_INFINITY },
  live: { model: liveModels.asked, everyMs: 1000, maxInFlight: 1, maxCalls: 20 },
} as const;

/** Often enough to look alive. */
const redrawMs = 100;

/** Width of what is printed where there is no terminal. */
const plainColumns = 100;

/**
 * Plays a day for the bare client and for the wrapped one, side by side, shows how it goes and prints a
 * closing table of what was counted.
 *
 * @throws UsageError for `live` without a key, and for a picture that cannot be written.
 */
export async function runDemo(options: DemoOptions, io: DemoIo): Promise<DemoResult> {
  if (options.live && !io.env['OPENAI_API_KEY'])
    throw new UsageError('--live calls the real API and needs a key: set OPENAI_API_KEY, or leave --live out.');
  if (options.svg !== undefined) await checkWritable(options.svg);
  const { out } = io;
  const durationMs = options.seconds * 1000;
  const phases = options.live ? livePhases(durationMs) : dayPhases(durationMs);
  const sides = options.live ? liveSides(io.env) : await fakeSides(phases);
  const columns = out.isTTY === true ? Math.max(60, out.columns ?? 80) : plainColumns;
  const color = out.isTTY === true && !io.env['NO_COLOR'];
  out.write(`${introduction(options, sides)}\n\n`);
  const stories = new Storyteller();
  try {
    const snapshot = await playDay({ ...io, options, phases, sides, stories, color });
    const isInterrupted = io.signal.aborted;
    if (isInterrupted)
      out.write(`Ended early, after ${Math.round(snapshot.elapsedMs / 1000)} s. What was counted until then:\n\n`);
    out.write(`${closingTable(snapshot, { columns, color }).join('\n')}\n`);
    if (stories.best !== undefined) out.write(`\n${tellStory(stories.best, columns).join('\n')}\n`);
    if (options.svg !== undefined) {
      await writeFile(options.svg, closingSvg(snapshot));
      out.write(`\nPicture: ${options.svg}\n`);
    }
    return { isInterrupted, snapshot };
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

/** Before the day and not after it: nobody wants to have waited a minute for this. */
async function checkWritable(file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close();
  } catch (error) {
    throw new UsageError(`--svg cannot write ${file}: ${(error as Error).message}.`);
  }
}

function introduction({ live, seconds }: DemoOptions, [{ client }]: Sides): string {
  if (!live) return `A bad day in ${seconds} s: same load and same faults for both sides, no network.`;
  const { maxCalls, model } = loads.live;
  const calls = Math.min(maxCalls, Math.ceil(seconds));
  const host = new URL(client.baseURL).host;
  return `Live: up to ${calls} short calls per side to ${host}\nwith ${model}, one at a time, for less than one cent in all. Nothing is scripted.`;
}

interface Day extends DemoIo {
  readonly options: DemoOptions;
  readonly phases: readonly Phase[];
  readonly sides: Sides;
  readonly stories: Storyteller;
  readonly color: boolean;
}

async function playDay(day: Day): Promise<Snapshot> {
  const { options, phases, sides, stories, signal, out, clock = systemClock } = day;
  const durationMs = options.seconds * 1000;
  const tallies = [new Tally(durationMs), new Tally(durationMs)] as const;
  const hear: Load['onAnswer'] = (result, phase) => stories.hear(result, phases[phase]!);
  const common = { ...loads[options.live ? 'live' : 'fake'], phases, clock, signal, onAnswer: hear };
  const startMs = clock.monotonic();
  for (const side of sides) side.begin();
  const snapshot = (): Snapshot => {
    const elapsedMs = Math.min(durationMs, clock.monotonic() - startMs);
    const [bare, wrapped] = [side(sides[0], tallies[0], phases), side(sides[1], tallies[1], phases)];
    return { elapsedMs, durationMs, phases, phase: phaseAt(phases, elapsedMs), sides: [bare, wrapped] };
  };
  const view: View = out.isTTY === true && !options.plain ? new LiveView(out, day.color) : new PlainView(out);
  const over = new AbortController();
  const watching = watch(() => view.update(snapshot()), { clock, signal: over.signal });
  try {
    await Promise.all(sides.map((each, index) => runLoad({ ...common, side: each, tally: tallies[index]! })));
  } finally {
    over.abort();
    await watching;
    view.stop();
  }
  return snapshot();
}

const side = (given: Side, tally: Tally, phases: readonly Phase[]): Snapshot['sides'][number] => ({
  name: given.name,
  title: given.title,
  totals: tally.totals(),
  byPhase: phases.map((_, phase) => tally.totals(phase)),
  timeline: tally.timeline(),
  openCircuits: given.openCircuits?.(),
});

/** Calls `update` at once and then again and again until `signal` aborts. */
async function watch(update: () => void, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    update();
    await sleep(clock, redrawMs, signal).catch(() => {});
  }
}
