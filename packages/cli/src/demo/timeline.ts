import type { Paint } from './paint.ts';
import type { Phase } from './day.ts';
import type { Slot } from './tally.ts';

/** What a part of the timeline looks like: no call yet, all answered, some failed, most failed. */
export const marks = { empty: '·', good: '█', mixed: '▓', bad: '░' } as const;

/** From here on a part counts as bad. */
const badShare = 0.5;

/** The timeline in `width` characters, each painted by how many of its calls failed. */
export function timelineBar(slots: readonly Slot[], width: number, paint: Paint): string {
  let bar = '';
  for (let index = 0; index < width; index++) {
    const from = Math.floor((index * slots.length) / width);
    const until = Math.max(from + 1, Math.floor(((index + 1) * slots.length) / width));
    bar += markOf(slots.slice(from, until), paint);
  }
  return bar;
}

function markOf(slots: readonly Slot[], paint: Paint): string {
  let [answered, failed] = [0, 0];
  for (const slot of slots) {
    answered += slot.answered;
    failed += slot.failed;
  }
  if (answered + failed === 0) return paint.dim(marks.empty);
  if (failed === 0) return paint.green(marks.good);
  return failed / (answered + failed) < badShare ? paint.yellow(marks.mixed) : paint.red(marks.bad);
}

/** The names of the phases in `width` characters, each beginning where its phase does. */
export function phaseRuler(phases: readonly Phase[], width: number): string {
  const durationMs = phases.at(-1)?.untilMs ?? 1;
  const columnOf = (ms: number): number => Math.round((ms / durationMs) * width);
  return phases
    .map(({ name, fromMs, untilMs }) => {
      const room = columnOf(untilMs) - columnOf(fromMs);
      return `└${name}`.slice(0, Math.max(0, room)).padEnd(room);
    })
    .join('');
}
