import type { DescribedEngine } from './details.ts';
import { circuitEngine } from './engine.ts';
import { OpossumJudge } from './opossum-judge.ts';
import { checkEngineOptions, type CircuitOptions } from './options.ts';

/**
 * Circuits whose statistics and decision to open are opossum's. Around it: outcomes are counted when
 * they are known, results from before a change of state decide nothing, half-open hands out a fixed
 * number of bounded probes, and all time comes from the clock, so that no circuit keeps a timer.
 *
 * @throws OptionError when an option breaks its rule.
 * @see https://nodeshift.dev/opossum
 */
export function opossumEngine(options: CircuitOptions = {}): Required<DescribedEngine> {
  checkEngineOptions('opossumEngine', options);
  return circuitEngine(
    'opossumEngine',
    options,
    (thresholds) => (key, state, nowMs) => new OpossumJudge(key, state, thresholds, nowMs),
  );
}
