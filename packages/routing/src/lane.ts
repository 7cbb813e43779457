import type { Call } from '@holdfast/core';
import { Headroom } from './headroom.ts';
import { PeakEwma } from './peak-ewma.ts';

/** Models that each endpoint remembers; what callers ask for must not fill the memory. */
const maxLanes = 200;
/** Longer names are cut, for the same reason. */
const maxNameLength = 128;

/**
 * What is known of one model at one endpoint, as models differ in their latency more than endpoints do and have limits
 * of their own. Streams are kept apart: their first event comes long before a plain answer would.
 */
export class Lane {
  readonly model: string;
  readonly streamed: boolean;
  readonly latency: PeakEwma;
  readonly headroom: Headroom = new Headroom();
  /** It is left alone until then, on the monotonic clock: it said that it cannot take this now. */
  restsUntilMs = 0;

  constructor(model: string, streamed: boolean, halfLifeMs: number) {
    this.model = model;
    this.streamed = streamed;
    this.latency = new PeakEwma(halfLifeMs);
  }

  rest(untilMs: number): void {
    if (untilMs > this.restsUntilMs) this.restsUntilMs = untilMs;
  }
}

/** The lanes of one endpoint; the oldest goes first. */
export class Lanes {
  readonly #plain = new Map<string, Lane>();
  readonly #streamed = new Map<string, Lane>();
  readonly #halfLifeMs: number;

  constructor(halfLifeMs: number) {
    this.#halfLifeMs = halfLifeMs;
  }

  of({ body, route }: Call): Lane {
    const key = body.model ?? route.operation;
    const lanes = body.stream ? this.#streamed : this.#plain;
    return lanes.get(key.length > maxNameLength ? key.slice(0, maxNameLength) : key) ?? this.#add(lanes, key);
  }

  all(): Lane[] {
    return [...this.#plain.values(), ...this.#streamed.values()];
  }

  #add(lanes: Map<string, Lane>, key: string): Lane {
    const model = key.slice(0, maxNameLength);
    const lane = new Lane(model, lanes === this.#streamed, this.#halfLifeMs);
    if (lanes.size >= maxLanes) lanes.delete(lanes.keys().next().value as string);
    lanes.set(model, lane);
    return lane;
  }
}
