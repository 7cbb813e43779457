import type { CircuitKind } from '@holdfast/core';
import type { CircuitSetting } from './circuit-setting.ts';
import { Circuit } from './circuit.ts';

/** The circuits of one engine, never more than `maxCircuits` but those that a hand opens. */
export class CircuitStore {
  readonly #setting: CircuitSetting;
  /** Least recently used first. */
  readonly #circuits = new Map<string, Circuit>();
  /** The ones last asked for: most calls ask for the same as the one before. */
  #latestTarget: Circuit | undefined;
  #latestOther: Circuit | undefined;

  constructor(setting: CircuitSetting) {
    this.#setting = setting;
  }

  all(): readonly Circuit[] {
    return [...this.#circuits.values()];
  }

  find(key: string): Circuit | undefined {
    return this.#circuits.get(key);
  }

  /** The circuit of `key`, made if need be; `undefined` where there is no room for it. */
  of(key: string, kind: CircuitKind = 'target', isNeeded = false): Circuit | undefined {
    const latest = kind === 'target' ? this.#latestTarget : this.#latestOther;
    if (latest?.key === key) return latest;
    const circuit = this.#used(key) ?? this.#made(key, kind, isNeeded);
    if (circuit === undefined) return undefined;
    if (kind === 'target') this.#latestTarget = circuit;
    else this.#latestOther = circuit;
    return circuit;
  }

  clear(): void {
    for (const circuit of this.#circuits.values()) circuit.dispose();
    this.#circuits.clear();
    this.#latestTarget = undefined;
    this.#latestOther = undefined;
  }

  #used(key: string): Circuit | undefined {
    const circuit = this.#circuits.get(key);
    if (circuit === undefined) return undefined;
    this.#circuits.delete(key);
    this.#circuits.set(key, circuit);
    return circuit;
  }

  #made(key: string, kind: CircuitKind, isNeeded: boolean): Circuit | undefined {
    const hasRoom = this.#circuits.size < this.#setting.thresholds.maxCircuits || this.#evictOne();
    if (!hasRoom && !isNeeded) return undefined;
    const circuit = new Circuit(key, kind, this.#setting);
    this.#circuits.set(key, circuit);
    return circuit;
  }

  /** Makes room for one circuit. An open one stays: forgetting it would send traffic to what is down. */
  #evictOne(): boolean {
    const victim =
      // Models come and go, their endpoint stays.
      this.#leastRecent((circuit) => circuit.idle && circuit.kind === 'target') ??
      this.#leastRecent((circuit) => circuit.idle) ??
      this.#leastRecent(isNotOpen);
    if (victim === undefined) return false;
    this.#circuits.delete(victim.key);
    if (victim === this.#latestTarget) this.#latestTarget = undefined;
    if (victim === this.#latestOther) this.#latestOther = undefined;
    victim.dispose();
    return true;
  }

  #leastRecent(fits: (circuit: Circuit) => boolean): Circuit | undefined {
    for (const circuit of this.#circuits.values()) if (fits(circuit)) return circuit;
    return undefined;
  }
}

const isNotOpen = (circuit: Circuit): boolean => !['open', 'isolated'].includes(circuit.state());
