import type { Call, Clock } from '@holdfast/core';
import { limitDomains, type LimitDomain } from './domain.ts';
import { Gate } from './gate.ts';
import type { ResolvedRateLimitOptions } from './options.ts';

/** The gates of one layer, one for each domain of limits. More than `maxDomains` only while calls wait at all of them. */
export class Gates {
  readonly #options: ResolvedRateLimitOptions;
  readonly #domainOf: (call: Call) => LimitDomain;
  /** Least recently used first. */
  readonly #gates = new Map<string, Gate>();
  #latest: { readonly domain: LimitDomain; readonly gate: Gate } | undefined;

  constructor(options: ResolvedRateLimitOptions) {
    this.#options = options;
    this.#domainOf = limitDomains(options);
  }

  of(call: Call): Gate {
    const domain = this.#domainOf(call);
    if (this.#latest?.domain === domain) return this.#latest.gate;
    const gate = this.#take(domain.name) ?? this.#make(domain, call.clock);
    this.#gates.set(domain.name, gate);
    this.#latest = { domain, gate };
    return gate;
  }

  /** The gate of a call, if there is one yet. */
  find(call: Call): Gate | undefined {
    return this.#gates.get(this.#domainOf(call).name);
  }

  all(): Iterable<Gate> {
    return this.#gates.values();
  }

  /** Takes a gate out, to be put back behind all others. */
  #take(name: string): Gate | undefined {
    const gate = this.#gates.get(name);
    if (gate !== undefined) this.#gates.delete(name);
    return gate;
  }

  #make(domain: LimitDomain, clock: Clock): Gate {
    while (this.#gates.size >= this.#options.maxDomains && this.#evict());
    return new Gate(domain, this.#options, clock);
  }

  /** Gives up one that nobody would miss; where there is none, one whose calls come to their end without it. */
  #evict(): boolean {
    let spare: string | undefined;
    for (const [name, gate] of this.#gates) {
      if (gate.isIdle) return this.#gates.delete(name);
      if (gate.waiting === 0) spare ??= name;
    }
    return spare !== undefined && this.#gates.delete(spare);
  }
}
