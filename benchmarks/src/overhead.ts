import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  ConsecutiveBreaker,
  ExponentialBackoff,
  circuitBreaker,
  handleAll,
  retry as cockatielRetry,
  wrap,
} from 'cockatiel';
import { holdfast, transport, type PresetOptions } from 'holdfast';
import OpenAI from 'openai';
import { farEnd } from './far-end.ts';
import { paired, table, type Contestant } from './paired.ts';

/**
 * CPU of a whole call, over real HTTP to a far end in another process: the bare client, the client over the
 * transport, and everything on. Laws of issue 3 stand beside what is measured.
 */
const concurrency = 8;
const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Say something. '.repeat(20) }] };

using upstream = await farEnd();
const fresh = (fetch?: typeof globalThis.fetch): OpenAI =>
  new OpenAI({ apiKey: 'sk-bench', baseURL: upstream.baseURL, ...(fetch && { fetch }) });
const everything: PresetOptions = { fallback: { models: { 'gpt-5': ['gpt-5-mini'] } } };

const plainCall = async (client: OpenAI): Promise<void> => void (await client.chat.completions.create(params));
const streamedCall = async (client: OpenAI): Promise<void> => {
  for await (const _chunk of await client.chat.completions.create({ ...params, stream: true }));
};

function contestant(name: string, client: OpenAI, call: (client: OpenAI) => Promise<void>): Contestant {
  return {
    name,
    async run(calls) {
      let left = calls;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await call(client);
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    },
  };
}

/** What a team would build by hand from the libraries of the field. */
function byHand(): OpenAI {
  const circuit = circuitBreaker(handleAll, {
    halfOpenAfter: 30_000,
    breaker: new ConsecutiveBreaker(5),
  });
  const policy = wrap(cockatielRetry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }), circuit);
  const fetch: typeof globalThis.fetch = (input, init) =>
    policy.execute(async () => {
      const response = await globalThis.fetch(input, init);
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      return response;
    });
  return new OpenAI({ apiKey: 'sk-bench', baseURL: upstream.baseURL, fetch, maxRetries: 0 });
}

/** As services run it: spans are gathered in batches; only where they would go is left out. */
const sdk = new NodeSDK({
  traceExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: () => Promise.resolve() },
  instrumentations: [],
});

const clients = (): readonly (readonly [string, OpenAI])[] => [
  ['bare client', fresh()],
  ['by hand, global fetch', byHand()],
  ['all layers, global fetch', holdfast(fresh(), { ...everything, telemetry: false })],
  ['client + transport', fresh(transport().fetch)],
  ['everything, without telemetry', holdfast(fresh(), { ...everything, telemetry: false, transport: transport() })],
  ['everything, SDK off', holdfast(fresh(), { ...everything, transport: transport() })],
];

const rounds = Number(process.env['ROUNDS'] ?? 16);
const kinds = [
  { kind: 'plain', call: plainCall, calls: 400, warmUp: 2000, laws: { transport: 0.44, off: 0.48, on: 0.55 } },
  { kind: 'streamed', call: streamedCall, calls: 150, warmUp: 600, laws: { transport: 0.7, off: 0.72, on: 0.78 } },
] as const;

for (const isOn of [false, true]) {
  if (isOn) sdk.start();
  for (const { kind, call, calls, warmUp, laws } of kinds) {
    const some = isOn
      ? clients().filter(([name]) => name === 'bare client' || name === 'everything, SDK off')
      : clients();
    const figures = await paired(
      some.map(([name, client]) => contestant(isOn ? name.replace('SDK off', 'SDK on') : name, client, call)),
      { rounds, calls, warmUp },
    );
    console.log(`\n${kind} calls, telemetry SDK ${isOn ? 'on' : 'off'}\n${table(figures)}`);
    const law = isOn
      ? { 'everything, SDK on': laws.on }
      : { 'client + transport': laws.transport, 'everything, SDK off': laws.off };
    for (const [name, limit] of Object.entries(law)) {
      const ratio = figures.find((one) => one.name === name)?.ratio ?? Number.NaN;
      console.log(`${name}: ${ratio.toFixed(2)} of ${limit} — ${ratio <= limit ? 'holds' : 'DOES NOT HOLD'}`);
    }
  }
}
process.exit(0);
