import { liveFrame } from './live-frame.ts';
import type { DemoOutput } from './output.ts';
import type { Snapshot } from './snapshot.ts';

/** Control sequences that every terminal of today knows or ignores. */
const codes = {
  /** The alternate screen, so that redraws leave nothing in the scrollback; no cursor. */
  enter: '\u001b[?1049h\u001b[?25l\u001b[2J',
  leave: '\u001b[?1049l\u001b[?25h',
  /** Between these a terminal shows nothing half-drawn. */
  beginFrame: '\u001b[?2026h\u001b[H',
  endFrame: '\u001b[J\u001b[?2026l',
  clearToEndOfLine: '\u001b[K',
} as const;

/** Redraws the frame in place until it is stopped. */
export class LiveView {
  readonly #out: DemoOutput;
  readonly #color: boolean;
  readonly #onExit = (): void => this.stop();
  #isOpen = false;

  constructor(out: DemoOutput, color: boolean) {
    this.#out = out;
    this.#color = color;
  }

  update(snapshot: Snapshot): void {
    if (!this.#isOpen) this.#open();
    const { columns = 80, rows = 24 } = this.#out;
    const frame = liveFrame(snapshot, { columns: Math.max(60, columns), rows, color: this.#color });
    const lines = frame.map((line) => line + codes.clearToEndOfLine);
    this.#out.write(codes.beginFrame + lines.join('\r\n') + codes.endFrame);
  }

  /** Gives the terminal back as it was. */
  stop(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#onExit);
    this.#out.write(codes.leave);
  }

  #open(): void {
    this.#isOpen = true;
    // A second Ctrl-C ends the process on the spot, and the cursor must come back even then.
    process.once('exit', this.#onExit);
    this.#out.write(codes.enter);
  }
}
