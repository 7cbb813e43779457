import { auth, type AuthOptions, type CredentialSource } from '@holdfast/auth';
import { hints, pipeline } from '@holdfast/core';
import { ownCpuOf, paired, table, type Contestant } from './paired.ts';

/**
 * What credentials cost. The laws: at most 2 µs of CPU per call on the happy path, and at most 20 MB for 10000 tenants
 * with a key each.
 */
const laws = { happyUs: 2, tenantsMb: 20 };
const rounds = Number(process.env['ROUNDS'] ?? 40);
const say = (text: string, holds: boolean): void => console.log(`${text} — ${holds ? 'holds' : 'DOES NOT HOLD'}`);

const answer = JSON.stringify({ id: 'chatcmpl-1', model: 'gpt-5', choices: [{ message: { content: 'word ' } }] });
const init = { headers: { 'content-type': 'application/json', 'x-ratelimit-remaining-requests': '99' } };
/** In a later turn of the event loop, as every network does. */
const canned = (): Promise<Response> =>
  new Promise((resolve) => setImmediate(() => resolve(new Response(answer, init))));
const bodies = Array.from({ length: 64 }, (_, index) =>
  JSON.stringify({
    model: 'gpt-5',
    messages: [{ role: 'user', content: `Say something about ${index}. `.repeat(20) }],
  }),
);
const url = 'https://api.openai.com/v1/chat/completions';
const headers = { authorization: 'Bearer sk-of-the-client' };

/**
 * The first contestant sets a header as well, the cheapest way that there is: what is left is the cost of the layer,
 * and not that of copying headers, which a transport with `send` does not do.
 */
function happy(name: string, options: AuthOptions | 'fixed' | 'none', tenant?: string): Contestant {
  const builder = pipeline({ service: 'bench', fetch: canned });
  if (options === 'fixed') builder.use({ name: 'fixed', layer: 'auth', handle: fixed });
  else if (options !== 'none') builder.use(auth(options));
  const { fetch } = builder.build();
  const hinted = tenant === undefined ? {} : hints({ tenant }).fetchOptions;
  const run = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      const body = bodies[call % bodies.length] as string;
      await (await fetch(url, { method: 'POST', body, headers, ...hinted })).text();
    }
  };
  return { name, run: ownCpuOf(run) };
}

type Handle = Parameters<ReturnType<typeof auth>['handle']>;

const fixed = (call: Handle[0], next: Handle[1]): Promise<Response> =>
  next(call.with({ headerChanges: { authorization: 'Bearer sk-of-the-layer' } }));

const token: CredentialSource = {
  id: 'token',
  kind: 'token',
  read: () => ({ value: 'a-token', expiresAtMs: Date.now() + 3_600_000 }),
};
const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `sk-key-${index}`);
const inProjects = keys(3).map((credential, index) => ({ credential, project: `p${index}`, weight: index + 1 }));

const figures = await paired(
  [
    happy('a header set by hand', 'fixed'),
    happy("the client's own key", 'none'),
    happy('auth, one key', { credentials: 'sk-one' }),
    happy('auth, a token that ends', { credentials: token }),
    happy('auth, a pool of 8 keys', { credentials: keys(8) }),
    happy('auth, 3 weighted projects', { credentials: inProjects }),
    happy('auth, one of 1000 tenants', { tenants: (tenant) => `sk-of-${tenant}` }, 'tenant-1'),
  ],
  { rounds, calls: 2000, warmUp: 8000 },
);
console.log(table(figures));
for (const { name, extraUs } of figures.slice(2))
  say(`${name}: ${extraUs.toFixed(2)} µs of ${laws.happyUs} µs`, extraUs <= laws.happyUs);

const collect = (globalThis as { gc?: () => void }).gc;
const heap = (): number => {
  for (let pass = 0; pass < 5; pass++) collect?.();
  return process.memoryUsage().heapUsed;
};
const layer = auth({ tenants: (tenant) => `sk-proj-0123456789abcdefghijklmnopqrstuvwxyz-${tenant}` });
const { fetch } = pipeline({ service: 'bench', fetch: canned }).use(layer).build();
const before = heap();
const calls = Array.from({ length: 10_000 }, async (_, index) => {
  const { fetchOptions } = hints({ tenant: `tenant-${index}` });
  return (await fetch(url, { method: 'POST', body: '{"model":"gpt-5"}', headers, ...fetchOptions })).text();
});
await Promise.all(calls);
calls.length = 0;
const mb = (heap() - before) / 2 ** 20;
const hint = collect === undefined ? ' (run it with --expose-gc)' : '';
say(`10000 tenants: ${mb.toFixed(1)} MB of ${laws.tenantsMb} MB${hint}`, mb <= laws.tenantsMb);
console.log(layer.describe?.());
