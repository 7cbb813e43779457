import { holdfast, pipeline, transport, type PresetOptions } from 'holdfast';
import OpenAI from 'openai';

/** Who is measured. The first is what the others are compared with. */
export const contestants = ['bare client', 'client + transport', 'everything'] as const;
export type ContestantName = (typeof contestants)[number];
/** Without a network: only the layers differ. */
export type CannedName = 'bare client' | 'core alone' | 'everything';

const fallback = { models: { 'gpt-5': ['gpt-5-mini'] } };

/** Layers that are set otherwise than by default, for what is measured. */
type Settings = Pick<PresetOptions, 'breaker'>;

/** Over the network. `everything` has all layers at their defaults, telemetry without an SDK. */
export function clientOf(name: ContestantName, baseURL: string, connections: number, settings: Settings = {}): OpenAI {
  const options = { apiKey: 'sk-bench', baseURL };
  // What the global fetch allows itself, any number of connections, is allowed to ours too.
  const pooled = { connections: Math.max(1024, connections) };
  if (name === 'bare client') return new OpenAI(options);
  if (name === 'client + transport') return new OpenAI({ ...options, fetch: transport(pooled).fetch });
  return holdfast(new OpenAI(options), { fallback, ...settings, transport: transport(pooled) });
}

/** From memory. */
export function cannedClientOf(name: CannedName, fetch: typeof globalThis.fetch, settings: Settings = {}): OpenAI {
  const bare = new OpenAI({ apiKey: 'sk-bench', fetch });
  if (name === 'bare client') return bare;
  if (name === 'core alone') return pipeline({ service: 'bench' }).build().wrap(bare);
  return holdfast(bare, { fallback, ...settings });
}
