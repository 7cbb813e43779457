import type { Route } from '@holdfast/core';

/** Hosts that are known to tell the usage of a stream when they are asked for it, and not to mind being asked. */
const known: readonly RegExp[] = [
  // With its regional hosts, e.g. `eu.api.openai.com`.
  /^(?:[a-z]{2}\.)?api\.openai\.com$/,
  /^[a-z0-9-]+\.openai\.azure\.com$/,
];

/** What an entry of `streamUsageHosts` may look like: a host, all hosts below one, and either with a port. */
export const hostEntry: RegExp = /^(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Whether the hosts that are known and those of `entries` include that of a route. */
export function acceptingHosts(entries: readonly string[]): (route: Route) => boolean {
  const tests = entries.map(testOf);
  // Pipelines keep the routes of their calls.
  const decided = new WeakMap<Route, boolean>();
  return (route) => {
    let accepts = decided.get(route);
    if (accepts === undefined) {
      accepts = known.some((pattern) => pattern.test(route.host)) || tests.some((test) => test(route));
      decided.set(route, accepts);
    }
    return accepts;
  };
}

function testOf(entry: string): (route: Route) => boolean {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) as RegExpExecArray;
  const isHost = host.startsWith('*.')
    ? (name: string) => name.endsWith(host.slice(1))
    : (name: string) => name === host;
  return (route) => isHost(route.host) && (port === undefined || route.port === Number(port));
}
