import { quantile } from '../paired.ts';

/** Ratios of paired rounds: their median, and how far apart they lie: all of them, or with four and more the middle half. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** Round by round: `own` by `base`. */
export function ratioOf(own: readonly number[], base: readonly number[]): Ratio {
  const ratios = own.map((value, round) => value / (base[round] ?? Number.NaN)).filter((ratio) => !Number.isNaN(ratio));
  if (ratios.length === 0) return { median: Number.NaN, low: Number.NaN, high: Number.NaN, rounds: 0 };
  const isMany = ratios.length >= 4;
  return {
    median: quantile(ratios, 0.5),
    low: quantile(ratios, isMany ? 0.25 : 0),
    high: quantile(ratios, isMany ? 0.75 : 1),
    rounds: ratios.length,
  };
}

/** A number, unless the rounds do not even agree on who was better. */
export function ratioText({ median, low, high, rounds }: Ratio): string {
  if (rounds === 0) return '–';
  return rounds > 1 && low < 1 && high > 1 ? 'noise' : median.toFixed(2);
}

/** Something that must hold. */
export interface Law {
  readonly name: string;
  readonly found: Ratio;
  readonly limit: number;
  readonly atLeast?: true;
}

export const holds = ({ found, limit, atLeast }: Law): boolean =>
  atLeast === true ? found.median >= limit : found.median <= limit;

/** The law and what became of it, as one line. */
export function lawText(law: Law): string {
  const { name, found, limit, atLeast } = law;
  if (found.rounds === 0) return `${name}: not measured in this run`;
  const spread =
    found.rounds === 1
      ? ', one round only'
      : `, rounds ${found.low.toFixed(2)}–${found.high.toFixed(2)}${found.low <= limit && found.high >= limit ? ', so within the noise' : ''}`;
  const bound = atLeast === true ? 'at least' : 'at most';
  return `${name}: ${found.median.toFixed(2)} of ${bound} ${limit}${spread} — ${holds(law) ? 'holds' : 'DOES NOT HOLD'}`;
}
