import { onFirstContent, type Call, type CircuitEngine, type Next, type Outcome, type Permit } from '@holdfast/core';
import type { CircuitKeys } from './circuit-key.ts';
import type { CredentialDomains } from './credential-domains.ts';
import type { DescribedEngine, DetailedPermit, DetailedRejection } from './details.ts';
import { atEndpoint, reportOf } from './report.ts';
import { credentialVerdictOf, endpointVerdictOf, verdictOf } from './verdict.ts';

/** What leave is asked of, and for which call. */
export interface Gate {
  readonly engine: DescribedEngine;
  readonly domains: CredentialDomains;
  readonly keys: CircuitKeys;
  readonly call: Call;
}

/** No leave, and by which circuit. */
export interface Refused {
  readonly granted: false;
  readonly key: string;
  readonly rejection: DetailedRejection;
}

const endpointAsking = Object.freeze({ kind: 'endpoint' });
const forcedEndpointAsking = Object.freeze({ kind: 'endpoint', forced: true });
const forcedAsking = Object.freeze({ forced: true });

/** Leave of every circuit that a call has to pass: of its endpoint, of its model, and of a spent credential. */
export class Leave {
  readonly granted = true;
  readonly #gate: Gate;
  readonly #target: DetailedPermit;
  readonly #endpoint: DetailedPermit;
  readonly #domain: Permit | undefined;

  constructor(gate: Gate, target: DetailedPermit, endpoint: DetailedPermit, domain: Permit | undefined) {
    this.#gate = gate;
    this.#target = target;
    this.#endpoint = endpoint;
    this.#domain = domain;
  }

  /** Whether the call decides about a circuit. */
  get probe(): boolean {
    return this.#target.probe === true || this.#endpoint.probe === true;
  }

  /** What runs further in, with an eye on the first content where the circuit judges by it. */
  watched(next: Next): Next {
    const target = this.#target;
    if (target.firstContent === undefined) return next;
    return async (call) => {
      const response = await next(call);
      onFirstContent(response, (elapsedMs) => target.firstContent?.(elapsedMs));
      return response;
    };
  }

  /** It is not used after all. */
  giveBack(): void {
    for (const permit of [this.#target, this.#endpoint, this.#domain]) permit?.end('ignored');
  }

  end(outcome: Outcome): void {
    const { call, keys, engine, domains } = this.#gate;
    const report = reportOf(call, keys.target, outcome);
    this.#target.end(verdictOf(outcome), report);
    this.#endpoint.end(endpointVerdictOf(outcome), atEndpoint(report, keys.endpoint));
    const key = domains.ended(call, outcome.fault?.kind === 'quota_exhausted');
    const verdict = credentialVerdictOf(outcome);
    if (this.#domain !== undefined) this.#domain.end(verdict, report);
    else if (key !== undefined && verdict === 'fail') endAtOnce(engine, key, outcome);
  }
}

/** The first time that a quota is spent there was no circuit to ask. */
function endAtOnce(engine: CircuitEngine, key: string, { fault }: Outcome): void {
  const permit = engine.acquire(key, { kind: 'credential' });
  const retryAfterMs = fault?.retryAfterMs;
  if (permit.granted) permit.end('fail', { retryAfterMs } as object);
}

/** A second request beside one that is under way decides about no circuit, and goes only where all is well. */
const notForHedges = Object.freeze({ granted: false, reason: 'probing', retryAfterMs: 0 });

/** Asks every circuit. The first that refuses decides, and places that others gave go back. */
export function askLeave(gate: Gate): Leave | Refused {
  const leave = leaveOfAll(gate);
  if (!gate.call.isHedge || !leave.granted || !leave.probe) return leave;
  leave.giveBack();
  return { granted: false, key: gate.keys.target, rejection: notForHedges };
}

function leaveOfAll(gate: Gate): Leave | Refused {
  const { engine, domains, keys, call } = gate;
  const { forced } = call;
  const target: DetailedPermit | DetailedRejection = forced
    ? engine.acquire(keys.target, forcedAsking)
    : engine.acquire(keys.target);
  if (!target.granted) return refusedBy(gate, keys.target, target);
  const endpoint = engine.acquire(keys.endpoint, forced ? forcedEndpointAsking : endpointAsking);
  if (!endpoint.granted) {
    target.end('ignored');
    return refusedBy(gate, keys.endpoint, endpoint);
  }
  const domainKey = domains.keyOf(call);
  if (domainKey === undefined) return new Leave(gate, target, endpoint, undefined);
  const domain = engine.acquire(domainKey, { kind: 'credential', forced });
  if (domain.granted) return new Leave(gate, target, endpoint, domain);
  target.end('ignored');
  endpoint.end('ignored');
  return refusedBy(gate, domainKey, domain);
}

/** A refusal holds for as long as any of the circuits refuses. */
function refusedBy(gate: Gate, key: string, rejection: DetailedRejection): Refused {
  const retryAfterMs = Math.max(rejection.retryAfterMs, waitMsOf(gate, key));
  return { granted: false, key, rejection: { ...rejection, retryAfterMs } };
}

/** How long any of the circuits would refuse the call now, as far as the engine tells; `but` is left out. */
export function waitMsOf({ engine, domains, keys, call }: Gate, but?: string): number {
  let waitMs = 0;
  for (const key of [keys.target, keys.endpoint, domains.keyOf(call)])
    if (key !== undefined && key !== but) waitMs = Math.max(waitMs, engine.waitMs?.(key) ?? 0);
  return waitMs;
}
