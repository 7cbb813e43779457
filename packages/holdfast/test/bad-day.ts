import { ManualClock, startUpstream, type Upstream, type UpstreamOptions } from '@holdfast/testkit';
import { holdfast, type PresetOptions } from 'holdfast';
import OpenAI, { type ClientOptions } from 'openai';

/** A wrapped client on a clock that stands still, and the upstream it talks to. */
export interface BadDay extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly upstream: Upstream;
  readonly client: OpenAI;
  /** Drives a call over the real socket, turning the clock whenever the call waits for it. */
  readonly run: <T>(call: Promise<T>) => Promise<T>;
  /** Asks `model` for a plain answer. */
  readonly ask: (model?: string, options?: OpenAI.RequestOptions) => Promise<OpenAI.ChatCompletion>;
  /** How many requests each model got. */
  readonly counts: () => Record<string, number>;
}

/** Sets up one bad day. */
export async function badDay(
  preset: PresetOptions = {},
  options: { readonly client?: ClientOptions; readonly upstream?: UpstreamOptions } = {},
): Promise<BadDay> {
  const clock = new ManualClock();
  const upstream = await startUpstream({ seed: 3, ...options.upstream });
  const client = holdfast(new OpenAI({ apiKey: 'sk-caller', baseURL: upstream.baseURL, ...options.client }), {
    service: 'bad-day',
    clock,
    random: () => 0.5,
    ...preset,
  });
  return {
    clock,
    upstream,
    client,
    run: (call) => clock.runUntil(call),
    ask: (model = 'gpt-5', requestOptions) =>
      client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hold.' }] }, requestOptions),
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { model } of upstream.log) counts[model ?? '-'] = (counts[model ?? '-'] ?? 0) + 1;
      return counts;
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  };
}
