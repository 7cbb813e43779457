import type { Circuits } from './details.ts';
import { circuitsAround } from './engine.ts';
import type { CircuitOptions } from './options.ts';
import { WindowJudge } from './window-judge.ts';

/**
 * Circuits to share among pipelines, or to work by hand. Needs no library: outcomes are counted in ten slices of
 * a moving window.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function circuitEngine(options: CircuitOptions = {}): Circuits {
  return circuitsAround('circuitEngine', options, (thresholds) => (_key, state) => new WindowJudge(state, thresholds));
}
