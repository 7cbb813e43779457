import type { Circuits } from './details.ts';
import { circuitsAround } from './engine.ts';
import { OpossumJudge } from './opossum-judge.ts';
import type { CircuitOptions } from './options.ts';

/**
 * Circuits whose statistics and decision to open are opossum's, which has to be installed beside this package.
 * Everything else is the same as with `circuitEngine()`.
 *
 * @throws OptionError when an option breaks its rule.
 * @see https://nodeshift.dev/opossum
 */
export function opossumEngine(options: CircuitOptions = {}): Circuits {
  return circuitsAround(
    'opossumEngine',
    options,
    (thresholds) => (key, state, nowMs) => new OpossumJudge(key, state, thresholds, nowMs),
  );
}
