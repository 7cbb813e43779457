import { notify, systemClock, systemRandom, type CircuitState, type Permit, type Rejection } from '@holdfast/core';
import { Circuit, type CircuitSetting } from './circuit.ts';
import { describeThresholds } from './describe-thresholds.ts';
import type { DescribedEngine } from './details.ts';
import type { JudgeFactory } from './judge.ts';
import { thresholdsOf, type CircuitOptions, type Thresholds } from './options.ts';

/** For a call that no circuit could be kept for, because every one there is room for is open. */
const uncounted: Permit = Object.freeze({ granted: true, end: () => undefined });

/**
 * Circuits by key around the judges that `judgesOf` makes. Keeps no timer, whatever the judges are,
 * and never more circuits than `maxCircuits`.
 */
export function circuitEngine(
  name: string,
  options: CircuitOptions,
  judgesOf: (thresholds: Thresholds) => JudgeFactory,
): Required<DescribedEngine> {
  const thresholds = thresholdsOf(options);
  const { clock = systemClock, warn = console.warn, onStateChange } = options;
  const context = { service: 'circuits', clock, random: systemRandom, warn };
  const setting: CircuitSetting = {
    thresholds,
    clock,
    newJudge: judgesOf(thresholds),
    changed: (change) => notify(context, `${name}.onStateChange`, onStateChange, change),
  };
  /** Least recently used first. */
  const circuits = new Map<string, Circuit>();
  let latest: Circuit | undefined;

  const find = (key: string): Circuit | undefined => {
    if (latest?.key === key) return latest;
    let circuit = circuits.get(key);
    if (circuit !== undefined) circuits.delete(key);
    else if (circuits.size < thresholds.maxCircuits || evictOne(circuits)) circuit = new Circuit(key, setting);
    else return undefined;
    circuits.set(key, circuit);
    return (latest = circuit);
  };

  return {
    acquire: (key): Permit | Rejection => find(key)?.acquire() ?? uncounted,
    status(): ReadonlyMap<string, CircuitState> {
      return new Map([...circuits.values()].map((circuit) => [circuit.key, circuit.state()]));
    },
    close(): void {
      for (const circuit of circuits.values()) circuit.dispose();
      circuits.clear();
      latest = undefined;
    },
    describe: () => describeThresholds(options),
  };
}

/** Makes room for one circuit. An open one stays: forgetting it would send traffic to what is down. */
function evictOne(circuits: Map<string, Circuit>): boolean {
  const victim = leastRecent(circuits, (circuit) => circuit.idle) ?? leastRecent(circuits, isNotOpen);
  if (victim === undefined) return false;
  circuits.delete(victim.key);
  victim.dispose();
  return true;
}

const isNotOpen = (circuit: Circuit): boolean => circuit.state() !== 'open';

function leastRecent(circuits: Map<string, Circuit>, fits: (circuit: Circuit) => boolean): Circuit | undefined {
  for (const circuit of circuits.values()) if (fits(circuit)) return circuit;
  return undefined;
}
