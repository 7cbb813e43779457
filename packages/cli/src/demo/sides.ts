import { startUpstream, type Upstream } from '@holdfast/testkit';
import { auth, breaker, envKeys, fallback, pipeline, retry, type AuthOptions } from 'holdfast';
import OpenAI, { type ClientOptions } from 'openai';
import { faultScript, models, revokedLabel, type Phase } from './day.ts';

/** A client under load, and what stands behind it. */
export interface Side {
  readonly name: string;
  readonly title: string;
  readonly client: OpenAI;
  /** Models whose circuit is not closed; absent where there are no circuits. */
  readonly openCircuits?: () => readonly string[];
  /** Lets the day begin: from here on the script counts its time. */
  begin(): void;
  close(): Promise<void>;
}

/** The bare client, then the wrapped one. */
export type Sides = readonly [bare: Side, wrapped: Side];

/** Models that `--live` asks: the cheapest, then the one above it. */
export const liveModels = { asked: 'gpt-4.1-nano', below: 'gpt-4.1-mini' } as const;

const titles = { bare: 'bare openai client', wrapped: 'wrapped in holdfast' } as const;

/** Both upstreams draw their chances from this. */
const seed = 7;

/** The keys of the fake upstream, by label. The bare client has the first, the wrapped one both. */
const keys = [
  { key: 'demo-key-1', label: revokedLabel },
  { key: 'demo-key-2', label: 'key-2' },
] as const;

/** Nobody waits longer than this for a whole answer, on either side. */
const timeoutMs = 20_000;

/** Both sides of the day, each on a fake upstream of its own with the same script and seed. */
export async function fakeSides(phases: readonly Phase[]): Promise<Sides> {
  const upstreams = [await startUpstream({ keys, seed }), await startUpstream({ keys, seed })] as const;
  const [forBare, forWrapped] = upstreams;
  const [{ key: apiKey }] = keys;
  const client = (upstream: Upstream): OpenAI => new OpenAI({ ...ownSettings, apiKey, baseURL: upstream.baseURL });
  const credentials = keys.map(({ key, label }) => ({ id: label, kind: 'key', read: () => key }) as const);
  const durationMs = phases.at(-1)?.untilMs ?? 0;
  const layers = { models, auth: { credentials }, openMs: Math.max(250, durationMs / 40) };
  const begin = (upstream: Upstream) => (): void => upstream.script(...faultScript(phases));
  return [
    { name: 'bare', title: titles.bare, client: client(forBare), begin: begin(forBare), close: () => forBare.close() },
    wrappedSide(client(forWrapped), layers, { begin: begin(forWrapped), close: () => forWrapped.close() }),
  ];
}

/** Both sides on the real API, with the key of the environment. */
export function liveSides(env: NodeJS.ProcessEnv): Sides {
  const client = (): OpenAI => new OpenAI({ timeout: timeoutMs });
  const nothing = { begin: () => {}, close: () => Promise.resolve() };
  const layers = { models: liveModels, auth: { credentials: envKeys({ env }) }, openMs: 1500 };
  return [{ name: 'bare', title: titles.bare, client: client(), ...nothing }, wrappedSide(client(), layers, nothing)];
}

/** What the environment may hold for real calls has no place on a fake upstream. */
const ownSettings: ClientOptions = { timeout: timeoutMs, organization: null, project: null };

interface Layers {
  readonly models: { readonly asked: string; readonly below: string };
  readonly auth: AuthOptions;
  readonly openMs: number;
}

function wrappedSide(client: OpenAI, layers: Layers, upstream: Pick<Side, 'begin' | 'close'>): Side {
  const { models: ladder, openMs } = layers;
  const circuits = breaker({ openMs });
  const resilient = pipeline({ service: 'demo' })
    .use(fallback({ models: { [ladder.asked]: [ladder.below] } }))
    // As many retries as the bare client makes; only the first wait is shorter, as the day is.
    .use(retry({ maxRetries: 2, initialDelayMs: 100, maxDelayMs: 1000 }))
    .use(circuits)
    .use(auth(layers.auth))
    .build();
  return {
    name: 'wrapped',
    title: titles.wrapped,
    client: resilient.wrap(client),
    openCircuits: () =>
      [...circuits.status()].flatMap(([key, state]) => (state === 'closed' ? [] : [key.slice(key.indexOf(' ') + 1)])),
    begin: upstream.begin,
    async close() {
      await resilient.close();
      await upstream.close();
    },
  };
}
