/** Prints what the layer adds to a call, in microseconds, with and without somebody who listens. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { pipeline, type Call, type Middleware, type Next } from '@holdfast/core';
import { cannedFetch, jsonAnswer } from '@holdfast/testkit';
import { diagnosticChannels, diagnostics } from '@holdfast/diagnostics';

const url = 'https://api.openai.com/v1/chat/completions';
const init = { method: 'POST', body: '{"model":"gpt-5","messages":[]}' };
const rounds = 15;

/** A call as layers see it. */
async function someCall(): Promise<Call> {
  let seen: Call | undefined;
  const keeping: Middleware = {
    name: 'keeping',
    layer: 'audit',
    handle: (call, next) => {
      seen = call;
      return next(call);
    },
  };
  const { fetch } = pipeline({ fetch: cannedFetch(() => jsonAnswer()) })
    .use(keeping)
    .build();
  await (await fetch(url, init)).text();
  return seen as Call;
}

/** The median over all rounds of what one run of `work` takes, in microseconds. */
async function median(times: number, work: () => Promise<unknown> | undefined): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedNs = process.hrtime.bigint();
    for (let count = 0; count < times; count++) {
      const pending = work();
      if (pending !== undefined) await pending;
    }
    found.push(Number(process.hrtime.bigint() - startedNs) / times / 1000);
  }
  return found.toSorted((one, other) => one - other)[Math.floor(rounds / 2)] ?? 0;
}

const print = (name: string, us: number): void => void process.stdout.write(`${name.padEnd(44)} ${us.toFixed(3)} µs\n`);

const call = await someCall();
const answered = Promise.resolve(new Response());
const next: Next = () => answered;
const layer = diagnostics();
const bare: Middleware = { name: 'bare', layer: 'audit', handle: (given, inner) => inner(given) };
const nothing = (of: Middleware) => (): undefined => void of.handle(call, next);

async function inPipeline(layers: readonly Middleware[]): Promise<number> {
  const builder = pipeline({ fetch: async () => jsonAnswer() });
  for (const each of layers) builder.use(each);
  const { fetch } = builder.build();
  return median(5000, async () => (await fetch(url, init)).text());
}

print('a layer that only passes on', await median(1_000_000, nothing(bare)));
print('nobody ever subscribed', await median(1_000_000, nothing(layer)));
print('whole call without the layer', await inPipeline([]));
print('whole call, nobody ever subscribed', await inPipeline([diagnostics()]));
const onFact = (): void => undefined;
for (const { name } of Object.values(diagnosticChannels)) subscribe(name, onFact);
print('whole call, all channels heard', await inPipeline([diagnostics()]));
for (const { name } of Object.values(diagnosticChannels)) unsubscribe(name, onFact);
print('all unsubscribed again', await median(1_000_000, nothing(layer)));
print('whole call, a listener', await inPipeline([diagnostics({ listener: onFact })]));
