/** One thing to be measured. */
export interface Contestant {
  readonly name: string;
  /** Makes that many calls and tells the CPU that they took, in microseconds. */
  readonly run: (calls: number) => Promise<number>;
}

/** Measures `work` by the CPU of this process, user and system, garbage collection included. */
export const ownCpuOf =
  (work: (calls: number) => Promise<void>): Contestant['run'] =>
  async (calls) => {
    const before = process.cpuUsage();
    await work(calls);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };

/** Figures of one contestant over all rounds, in microseconds of CPU per call. */
export interface Figures {
  readonly name: string;
  readonly medianUs: number;
  /** Half of the rounds lie between these two. */
  readonly quartilesUs: readonly [number, number];
  /** Difference to the first contestant, as the median over rounds of the paired differences. */
  readonly extraUs: number;
  readonly extraQuartilesUs: readonly [number, number];
  /** Median over rounds of this contestant's cost divided by the first one's in the same round. */
  readonly ratio: number;
}

/**
 * Measures contestants against each other in turn, round by round: what disturbs the machine disturbs all of
 * them, and only paired differences and ratios are worth quoting. Nothing is collected by hand between turns:
 * a full collection throws compiled code away, and what follows it measures the compiler.
 */
export async function paired(
  contestants: readonly Contestant[],
  { rounds, calls, warmUp }: { rounds: number; calls: number; warmUp: number },
): Promise<Figures[]> {
  for (const { run } of contestants) await run(warmUp);
  const costs = contestants.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      // Every contestant goes first equally often.
      const index = (turn + round) % contestants.length;
      const cpuUs = await (contestants[index] as Contestant).run(calls);
      costs[index]?.push(cpuUs / calls);
    }
  }
  const base = costs[0] as number[];
  return contestants.map(({ name }, index) => {
    const own = costs[index] as number[];
    const extras = own.map((cost, round) => cost - (base[round] as number));
    const ratios = own.map((cost, round) => cost / (base[round] as number));
    return {
      name,
      medianUs: quantile(own, 0.5),
      quartilesUs: [quantile(own, 0.25), quantile(own, 0.75)],
      extraUs: quantile(extras, 0.5),
      extraQuartilesUs: [quantile(extras, 0.25), quantile(extras, 0.75)],
      ratio: quantile(ratios, 0.5),
    };
  });
}

/** The value below which a share of `values` lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** The figures as a table for the terminal. */
export function table(figures: readonly Figures[]): string {
  const rows = figures.map((row, index) => [
    row.name,
    row.medianUs.toFixed(1),
    `${row.quartilesUs[0].toFixed(1)}–${row.quartilesUs[1].toFixed(1)}`,
    index === 0 ? '' : `${row.extraUs >= 0 ? '+' : ''}${row.extraUs.toFixed(1)}`,
    index === 0 ? '' : `${row.extraQuartilesUs[0].toFixed(1)}–${row.extraQuartilesUs[1].toFixed(1)}`,
    index === 0 ? '' : row.ratio.toFixed(2),
  ]);
  const head = ['µs CPU per call', 'median', 'quartiles', 'extra', 'quartiles', 'ratio'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
