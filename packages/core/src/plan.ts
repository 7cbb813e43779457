import type { Call } from './call.ts';

/** A place that a layer would ask, in its order. */
export interface PlannedRung {
  /** As it stands in journeys, e.g. `gpt-5-mini` or `gpt-5 at azure`. */
  readonly name: string;
  /** The call as it would be aimed; absent where it would be skipped. */
  readonly call?: Call;
  /** Why it would be skipped, as the rest of a sentence. */
  readonly skip?: string;
  /** What else is to be known of it: conditions, changes of the request. */
  readonly notes: readonly string[];
}

/** What would happen to a call at one place, if it were made now. */
export interface PlanStep {
  readonly name: string;
  /** `asked first`, `asked next` if those before it fail, or `skipped`. */
  readonly fate: 'first' | 'next' | 'skipped';
  /** Why it would be skipped. */
  readonly reason: string | undefined;
  readonly notes: readonly string[];
}

/** What a plan asks of the layers. */
interface Foresighted {
  readonly name: string;
  rungs?(call: Call): Promise<readonly PlannedRung[]>;
  outlook?(call: Call): string | undefined;
}

/** What would happen now, rung by rung. Nothing is sent, and no state changes. */
export async function planOf(call: Call, layers: readonly Foresighted[]): Promise<readonly PlanStep[]> {
  const ladder = layers.find((layer) => layer.rungs !== undefined);
  const only: PlannedRung = { name: call.body.model ?? call.route.operation, call, notes: [] };
  const rungs = (await ladder?.rungs?.(call)) ?? [only];
  let isFirst = true;
  return rungs.map(({ name, call: aimed, skip, notes }) => {
    const reason = skip ?? (aimed && firstRefusal(aimed, layers));
    const fate = reason !== undefined ? 'skipped' : isFirst ? 'first' : 'next';
    if (reason === undefined) isFirst = false;
    return { name, fate, reason, notes };
  });
}

function firstRefusal(call: Call, layers: readonly Foresighted[]): string | undefined {
  for (const layer of layers) {
    const reason = layer.outlook?.(call);
    if (reason !== undefined) return `${layer.name}: ${reason}`;
  }
  return undefined;
}
