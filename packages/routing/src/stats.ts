import type { Clock } from '@holdfast/core';
import { loadOf } from './choose.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

/** One model at one endpoint, as it is known now. */
export interface ModelStats {
  /** The model, or the operation where none is asked for. */
  readonly model: string;
  /** Answers as event streams, which are kept apart. */
  readonly streamed: boolean;
  /** Peak-sensitive average until the answer begins, in milliseconds; `undefined` before the first. */
  readonly latencyMs: number | undefined;
  /** 1 while there is plenty of its rate limits left, 0 when there is nothing. */
  readonly headroom: number;
  /** What choices are made by; the least is asked. */
  readonly load: number;
}

/** One endpoint, as it stands now. */
export interface SiteStats {
  readonly origin: string;
  readonly region: string | undefined;
  /** Calls whose answers have not ended. */
  readonly inFlight: number;
  /** The largest load among its models. */
  readonly load: number;
  /** The largest latency among its models, in milliseconds; `undefined` before the first answer. */
  readonly latencyMs: number | undefined;
  /** The least that is left of its limits for one of its models: 1 is plenty, 0 is nothing. */
  readonly headroom: number;
  /** How long it is still left out, in milliseconds; 0 if it is not. */
  readonly ejectedMs: number;
  /** When it gets calls again, in milliseconds since the Unix epoch; `undefined` if it does. */
  readonly ejectedUntilMs: number | undefined;
  readonly models: readonly ModelStats[];
}

/** Every endpoint: the own ones of the clients that there were, then those that were named. */
export function statsOf(members: Members, clock: Clock | undefined): Record<string, SiteStats> {
  const nowMs = clock?.monotonic() ?? 0;
  const stats: Record<string, SiteStats> = {};
  for (const member of [...members.own(), ...members.named]) {
    const { name, origin } = member;
    // Clients that point to different places share a pipeline now and then.
    stats[Object.hasOwn(stats, name) ? `${name} ${origin}` : name] = statsOfMember(member, nowMs, clock);
  }
  return stats;
}

function statsOfMember(member: Member, nowMs: number, clock: Clock | undefined): SiteStats {
  const { origin, region, inFlight, health } = member;
  const models = member.lanes.all().map((lane): ModelStats => ({
    model: lane.model,
    streamed: lane.streamed,
    latencyMs: lane.latency.valueMs(nowMs),
    headroom: nowMs < lane.restsUntilMs ? 0 : lane.headroom.ratio(nowMs),
    load: loadOf({ member, lane }, nowMs),
  }));
  const latencies = models.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]));
  const ejectedMs = Math.max(0, health.ejectedUntilMs - nowMs);
  return {
    origin,
    region,
    inFlight,
    load: Math.max(0, ...models.map(({ load }) => load)),
    latencyMs: latencies.length === 0 ? undefined : Math.max(...latencies),
    headroom: Math.min(1, ...models.map(({ headroom }) => headroom)),
    ejectedMs,
    ejectedUntilMs: clock !== undefined && ejectedMs > 0 ? clock.now() + ejectedMs : undefined,
    models,
  };
}
