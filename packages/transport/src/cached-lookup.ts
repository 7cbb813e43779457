import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { systemClock, type Clock } from '@holdfast/core';

/** Finds all addresses of a host. */
export type Resolve = (host: string, options: LookupAllOptions) => Promise<LookupAddress[]>;

const bySystem: Resolve = promisify(lookup);

/**
 * A `lookup` for the connections to one host that remembers for `keepMs` what it found, and joins those who ask
 * together: the system's resolver works on the four threads that Node has for such things, so a thousand
 * connections opened at once would stand in line there, and whoever reads a file with them.
 * A failure is not remembered.
 */
export function cachedLookup(
  keepMs: number,
  { resolve = bySystem, clock = systemClock }: { resolve?: Resolve; clock?: Pick<Clock, 'monotonic'> } = {},
): LookupFunction {
  let latest: { readonly key: string; readonly found: Promise<LookupAddress[]>; readonly untilMs: number } | undefined;
  return (host, { family, hints, all }, tell) => {
    const key = `${host} ${family ?? 0} ${hints ?? 0}`;
    if (latest?.key !== key || clock.monotonic() >= latest.untilMs) {
      const found = resolve(host, { all: true, ...(family !== undefined && { family }), ...(hints && { hints }) });
      const asked = { key, found, untilMs: clock.monotonic() + keepMs };
      latest = asked;
      found.catch(() => {
        if (latest === asked) latest = undefined;
      });
    }
    latest.found.then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) tell(null, addresses);
        else tell(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => tell(error, ''),
    );
  };
}
