import { announce, systemClock, systemRandom, type CircuitKind, type CircuitState } from '@holdfast/core';
import { CircuitStore } from './circuit-store.ts';
import type { CircuitSetting } from './circuit-setting.ts';
import { describeThresholds } from './describe-thresholds.ts';
import type { Circuits, Isolation } from './details.ts';
import { Evidence } from './evidence.ts';
import type { JudgeFactory } from './judge.ts';
import { checkEngineOptions, thresholdsOf, type CircuitOptions, type Thresholds } from './options.ts';
import { checkSnapshot, type CircuitSnapshot, type CircuitsSnapshot } from './snapshot.ts';
import { uncounted } from './uncounted.ts';

/**
 * Circuits by key around the judges that `judgesOf` makes. Keeps no timer, whatever the judges are,
 * and never more circuits than `maxCircuits`.
 *
 * @param name - of the factory, for errors and reports.
 * @throws OptionError when an option breaks its rule.
 */
export function circuitsAround(
  name: string,
  options: CircuitOptions,
  judgesOf: (thresholds: Thresholds) => JudgeFactory,
): Circuits {
  checkEngineOptions(name, options);
  const setting = settingOf(name, options, judgesOf);
  const store = new CircuitStore(setting);
  const isolations = new Map<string, Set<object>>();

  const isolate = (key: string, kind?: CircuitKind): Isolation => {
    const held = isolations.get(key) ?? new Set();
    isolations.set(key, held);
    const handle = {};
    held.add(handle);
    store.of(key, kind, true)?.isolate();
    const release = (): void => {
      if (held.delete(handle) && held.size === 0 && isolations.get(key) === held) reset(key);
    };
    return { release, [Symbol.dispose]: release };
  };

  const reset = (key?: string): void => {
    if (key === undefined) isolations.clear();
    else isolations.delete(key);
    for (const circuit of store.all()) if (key === undefined || circuit.key === key) circuit.reset();
  };

  return {
    acquire: (key, asking) => store.of(key, asking?.kind)?.acquire(asking?.forced === true) ?? uncounted,
    status: (): ReadonlyMap<string, CircuitState> =>
      new Map(store.all().map((circuit) => [circuit.key, circuit.state()])),
    failureRatio: (key) => store.find(key)?.failureRatio(),
    waitMs: (key) => store.find(key)?.waitMs() ?? 0,
    isolate,
    reset,
    snapshot(): CircuitsSnapshot {
      const circuits = store.all().map((circuit) => circuit.snapshot());
      const told = circuits.filter((circuit): circuit is CircuitSnapshot => circuit !== undefined);
      return { version: 1, takenAtMs: setting.clock.now(), circuits: told };
    },
    restore(snapshot): void {
      checkSnapshot(snapshot);
      const ageMs = Math.max(0, setting.clock.now() - snapshot.takenAtMs);
      for (const circuit of snapshot.circuits) store.of(circuit.key, circuit.kind)?.restore(circuit, ageMs);
    },
    close(): void {
      isolations.clear();
      store.clear();
    },
    describe: () => describeThresholds(options),
  };
}

function settingOf(
  name: string,
  options: CircuitOptions,
  judgesOf: (thresholds: Thresholds) => JudgeFactory,
): CircuitSetting {
  const thresholds = thresholdsOf(options);
  const { clock = systemClock, random = systemRandom, warn = console.warn, onStateChange } = options;
  const context = { service: 'circuits', clock, random, warn };
  return {
    thresholds,
    clock,
    random,
    newJudge: judgesOf(thresholds),
    evidence: new Evidence(thresholds.windowMs),
    changed: (change) => announce(context, `${name}.onStateChange`, onStateChange, change),
  };
}
