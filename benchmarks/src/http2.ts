import { transport } from 'holdfast';
import OpenAI from 'openai';
import { certificate, farEnd } from './far-end.ts';
import { ofClient } from './overhead/calls.ts';
import { ownCpuOf, paired, table, type Contestant } from './paired.ts';

/** Whether HTTP/2 helps: the client over the transport, over TLS, with `http2` off and on. */
using upstream = await farEnd({ secure: true });

function contestant(http2: boolean, kind: 'plain' | 'streamed', concurrency: number): Contestant {
  const { fetch } = transport({ http2, tls: { ca: certificate('ca') } });
  const calls = ofClient(new OpenAI({ apiKey: 'sk-bench', baseURL: upstream.baseURL, fetch }));
  return {
    name: `${kind}, ${concurrency} at a time, HTTP/${http2 ? '2' : '1.1'}`,
    run: ownCpuOf(async (count) => {
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await calls[kind]();
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    }),
  };
}

for (const { kind, calls } of [
  { kind: 'plain', calls: 600 },
  { kind: 'streamed', calls: 200 },
] as const)
  for (const concurrency of [8, 64]) {
    const both = [false, true].map((http2) => contestant(http2, kind, concurrency));
    console.log(`\n${table(await paired(both, { rounds: 10, calls, warmUp: 4 * calls }))}`);
  }
process.exit(0);
