import type { Middleware } from '@holdfast/core';
import { AttemptWatch } from './attempt-watch.ts';
import { defaults, resolveOptions, type TimeoutOptions } from './options.ts';

/**
 * Bounds the time of every attempt: until its headers, its first event and its first content, the silence between
 * content, and the whole. An attempt that uses one up is aborted and failed with the kind `timeout` and a code of its
 * own, so that it can be retried, fall back and count against its circuit; a stream whose caller has read from it
 * already ends with an error event.
 *
 * Where a layer further out keeps time for another attempt (`call.until`), an attempt ends with its share. Without
 * that and without a limit it costs nothing.
 *
 * @throws OptionError when an option breaks its rule.
 */
export function timeout(options: TimeoutOptions = {}): Middleware {
  const { limitsOf, onTimeout } = resolveOptions(options);
  return {
    name: 'timeout',
    layer: 'timeout',
    handle(call, next) {
      const limits = limitsOf(call);
      const isBound = limits !== undefined || call.until !== undefined;
      // One that was given up already has nothing to be waited for.
      if (!isBound || call.signal?.aborted === true) return next(call);
      return new AttemptWatch(call, limits ?? defaults, onTimeout).run(next);
    },
    describe: () => describeLimits(options),
  };
}

function describeLimits(options: TimeoutOptions): string {
  const parts = Object.entries(options)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${value}`);
  if (options.limits !== undefined) parts.push('limits by call');
  return parts.length === 0 ? "each attempt's share of the deadline" : parts.join(', ');
}
