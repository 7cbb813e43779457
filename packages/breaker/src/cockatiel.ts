import { CockatielJudge } from './cockatiel-judge.ts';
import type { Circuits } from './details.ts';
import { circuitsAround } from './engine.ts';
import type { CircuitOptions } from './options.ts';

/**
 * Circuits whose statistics and decision to open are those of cockatiel's `SamplingBreaker`, which has to be
 * installed beside this package. Everything else is the same as with `circuitEngine()`.
 *
 * @throws OptionError when an option breaks its rule.
 * @see https://github.com/connor4312/cockatiel#circuitbreakerpolicy
 */
export function cockatielEngine(options: CircuitOptions = {}): Circuits {
  return circuitsAround(
    'cockatielEngine',
    options,
    (thresholds) => (_key, state, nowMs) => new CockatielJudge(state, thresholds, nowMs),
  );
}
