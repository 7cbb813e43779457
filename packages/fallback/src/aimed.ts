import { announce, type Body, type Call } from '@holdfast/core';
import { describeChanges } from './fit/describe-changes.ts';
import { fit, type FitChange } from './fit/fit.ts';
import type { Rung } from './ladders.ts';
import type { Models } from './models/catalog.ts';
import type { ResolvedFallbackOptions } from './options.ts';

/** A request as its rung takes it, or why it takes none. */
export type Aimed =
  | { readonly call: Call; readonly changes: readonly FitChange[]; readonly skip?: never }
  | { readonly skip: string; readonly call?: never };

/** The request of `call` for `rung`: its model, its endpoint, and parameters that it accepts. Sends nothing. */
export async function aimedAt(call: Call, rung: Rung, options: ResolvedFallbackOptions): Promise<Aimed> {
  const fitted = fittedBody(call, rung, options, await options.models());
  if ('skip' in fitted) return fitted;
  const { body, changes } = fitted;
  if (rung.endpoint === undefined) return { call: call.with({ body }), changes };
  try {
    return { call: await rung.endpoint.aim(call, body), changes };
  } catch (error) {
    call.signal?.throwIfAborted();
    // The key of an endpoint could not be had. What it said may hold a part of it.
    return { skip: `its key could not be had (${error instanceof Error ? error.name : typeof error})` };
  }
}

/** Tells whoever wants to know what a request had to lose. */
export function announceChanges(
  call: Call,
  step: { readonly from: string; readonly to: string; readonly changes: readonly FitChange[] },
  options: ResolvedFallbackOptions,
): void {
  if (step.changes.length === 0) return;
  call.journey.decision('fallback', 'fit', describeChanges(step.changes));
  const event = { callId: call.id, service: call.service, ...step };
  announce(call.context, 'fallback.onDowngrade', options.onDowngrade, event);
}

type FittedBody = { readonly body: Body; readonly changes: readonly FitChange[] } | { readonly skip: string };

function fittedBody(call: Call, rung: Rung, { strict }: ResolvedFallbackOptions, models: Models): FittedBody {
  const { body, route } = call;
  const json = body.json();
  if (json === undefined) return renamed(body, rung.model, []);
  const fitted = fit(json, { operation: route.operation, model: rung.model, capabilities: models(rung.model) });
  if (fitted.unfit !== undefined) return { skip: fitted.unfit };
  if (fitted.changes.length === 0) return renamed(body, rung.model, []);
  if (strict) return { skip: `it would not take the request as it is: ${describeChanges(fitted.changes)}` };
  return { body: body.withJson(fitted.json), changes: fitted.changes };
}

/** The same bytes but for the model. */
function renamed(body: Body, model: string, changes: readonly FitChange[]): FittedBody {
  if (body.model === model) return { body, changes };
  const renamedBody = body.withModel(model);
  return renamedBody === undefined
    ? { skip: 'no model stands in the body to be replaced' }
    : { body: renamedBody, changes };
}
