import { seededRandom } from '@holdfast/testkit';
import { ManualClock } from '@holdfast/testkit';
import { pipeline, type Call } from '@holdfast/core';
import type { Member } from '../src/member.ts';
import { Members } from '../src/members.ts';
import { resolveOptions, type ResolvedRoutingOptions, type RoutingOptions } from '../src/options.ts';

export { seededRandom };

/** A call as layers see it, of a client that points to `baseURL`. */
export async function callOf(
  body: object,
  { path = '/chat/completions', method = 'POST', baseURL = 'https://api.openai.com/v1' } = {},
): Promise<Call> {
  let seen: Call | undefined;
  const { fetch } = pipeline({ clock: new ManualClock(), fetch: async () => new Response('{}') })
    .use({
      name: 'spy',
      layer: 'routing',
      handle(call, next) {
        seen = call;
        return next(call);
      },
    })
    .build();
  await fetch(baseURL + path, { method, ...(method === 'POST' && { body: JSON.stringify(body) }) });
  return seen as Call;
}

/** `count` named endpoints and the client's own, as the layer keeps them. */
export async function membersOf(
  count: number,
  options: Partial<RoutingOptions> = {},
): Promise<{ members: Members; all: readonly Member[]; resolved: ResolvedRoutingOptions }> {
  const endpoints = Array.from({ length: count }, (_, index) => ({
    name: `e${index}`,
    baseURL: `https://e${index}.test/v1`,
  }));
  const resolved = resolveOptions({ endpoints, ...options });
  const members = new Members(resolved);
  const { candidates } = members.groupOf(await callOf({ model: 'gpt-5' }));
  return { members, all: candidates, resolved };
}
