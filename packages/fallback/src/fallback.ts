import { attempt, conclude, discard, notify, type Call, type Middleware, type Next } from '@holdfast/core';
import { resolveOptions, type FallbackOptions, type ResolvedFallbackOptions } from './options.ts';

/**
 * Asks another model when the requested one cannot answer: its retries are exhausted, its circuit is
 * open, it does not exist. The body is rewritten only then. When no rung answers, the caller gets the
 * failure of the model that was asked for.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function fallback(options: FallbackOptions): Middleware {
  const resolved = resolveOptions(options);
  return {
    name: 'fallback',
    layer: 'fallback',
    handle(call, next) {
      const model = resolved.ladders.size === 0 ? undefined : call.body.model;
      const ladder = model === undefined ? undefined : resolved.ladders.get(model);
      return ladder === undefined ? next(call) : descend(call, next, ladder, resolved);
    },
    describe: () => [...resolved.ladders].map(([model, ladder]) => [model, ...ladder].join(' → ')).join('; '),
  };
}

async function descend(
  call: Call,
  next: Next,
  ladder: readonly string[],
  options: ResolvedFallbackOptions,
): Promise<Response> {
  const primary = await attempt(call, next);
  let from = call.body.model as string;
  let fault = primary.fault;
  for (const model of ladder) {
    if (primary.fault?.fallsBack !== true || fault === undefined || !call.body.replayable) break;
    const body = call.body.withModel(model);
    if (body === undefined) break;
    call.journey.decision('fallback', `model ${model}`, `${from}: ${fault.kind}`);
    const event = { callId: call.id, service: call.service, from, to: model, fault };
    notify(call.context, 'fallback.onFallback', options.onFallback, event);
    const rung = await attempt(call.with({ body }), next);
    const loser = rung.fault === undefined ? primary : rung;
    if (loser.response !== undefined) discard(loser.response);
    if (rung.fault === undefined) return conclude(rung);
    call.signal?.throwIfAborted();
    from = model;
    fault = rung.fault;
  }
  return conclude(primary);
}
