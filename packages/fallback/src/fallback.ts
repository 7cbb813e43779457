import {
  attempt,
  conclude,
  discard,
  notify,
  recovering,
  type Call,
  type FailedAttempt,
  type Fault,
  type Middleware,
  type Next,
} from '@holdfast/core';
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
      if (ladder === undefined) return next(call);
      return recovering(call, next, (primary) => descend({ call, next, ladder, primary }, resolved));
    },
    describe: () => [...resolved.ladders].map(([model, ladder]) => [model, ...ladder].join(' → ')).join('; '),
  };
}

/** A ladder to walk down, and how it went on its first rung. */
interface Descent {
  readonly call: Call;
  readonly next: Next;
  readonly ladder: readonly string[];
  readonly primary: FailedAttempt;
}

async function descend({ call, next, ladder, primary }: Descent, options: ResolvedFallbackOptions): Promise<Response> {
  let from = call.body.model as string;
  let fault: Fault | undefined = primary.fault;
  for (const model of ladder) {
    if (!primary.fault.fallsBack || fault === undefined || !call.body.replayable) break;
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
