import type { Chart } from '../chart.ts';
import type { TraceStandings } from './tournament.ts';

/** Whole answers of each contestant in each trace; what was passed off as one is said behind the bar. */
export function goodputChart(all: readonly TraceStandings[], says: string): Chart {
  return {
    title: 'Goodput: whole answers on bad days',
    subtitle: says,
    groups: all.map(({ trace, standings }) => ({
      name: trace,
      bars: standings.map(({ contestant, median }) => {
        const wrong = median.truncatedPercent + median.duplicatedPercent;
        const behind = wrong === 0 ? '' : `, ${wrong.toFixed(1)} % wrong`;
        return {
          label: contestant,
          value: median.answeredPercent,
          text: `${median.answeredPercent.toFixed(1)} %${behind}`,
        };
      }),
    })),
  };
}
