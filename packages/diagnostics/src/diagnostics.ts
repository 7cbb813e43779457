import { observe, together, type Context, type Middleware } from '@holdfast/core';
import { Audience } from './audience.ts';
import { CallWatch } from './call-watch.ts';
import { resolveOptions, type DiagnosticsOptions } from './options.ts';

/**
 * Tells of every call, every request and everything that layers tell: on the channels of `node:diagnostics_channel`,
 * and to a listener. For those without OpenTelemetry, and beside it.
 *
 * Whether anybody listens is asked when a call begins. Where nobody does, it goes on untouched. What a layer tells is
 * heard from the first subscription on.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function diagnostics(options: DiagnosticsOptions = {}): Middleware {
  const { listener } = resolveOptions(options);
  const audience = new Audience(listener);
  /** By service: where a listener is reported that throws at what a layer tells. */
  const contexts = new Map<string, Context>();
  return {
    name: 'diagnostics',
    layer: 'telemetry',
    assembled: ({ context }) => void contexts.set(context.service, context),
    handle(call, next) {
      if (!audience.hearsCalls()) return next(call);
      const watch = new CallWatch(call, audience);
      watch.started();
      const watched = audience.hearsAttempts() ? call.with({ observer: together(call.observer, watch) }) : call;
      return audience.hears('call:end') ? observe(watched, next, (outcome) => watch.ended(outcome)) : next(watched);
    },
    onEvent(event) {
      const context = contexts.get(event.service);
      if (context !== undefined && audience.hears('event')) audience.tell(context, { type: 'event', ...event });
    },
    describe: () => `channels holdfast:*${listener === undefined ? '' : ', a listener'}`,
  };
}
