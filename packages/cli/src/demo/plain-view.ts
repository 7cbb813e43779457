import type { DemoOutput } from './output.ts';
import type { SideSnapshot, Snapshot } from './snapshot.ts';
import { time } from './words.ts';

/** A line at least this often. */
const everyMs = 5000;

/** One line as each phase begins, and one every few seconds: for logs and pipes. */
export class PlainView {
  readonly #out: DemoOutput;
  #phase = -1;
  #lastMs = 0;

  constructor(out: DemoOutput) {
    this.#out = out;
  }

  update(snapshot: Snapshot): void {
    const { phase, elapsedMs, phases } = snapshot;
    const isNew = phase !== this.#phase;
    if (!isNew && (elapsedMs - this.#lastMs < everyMs || elapsedMs >= snapshot.durationMs)) return;
    this.#phase = phase;
    this.#lastMs = elapsedMs;
    const { name = '', says = '' } = phases[phase] ?? {};
    const counts = snapshot.sides.map(standing).join(' | ');
    this.#out.write(`${time(elapsedMs)}  ${name.padEnd(9)}  ${counts}${isNew ? `  ${says}` : ''}\n`);
  }

  stop(): void {
    this.#out.write('\n');
  }
}

const standing = ({ name, totals }: SideSnapshot): string =>
  `${name} ${totals.answered} answered, ${totals.failed} failed`;
