import type OpenAI from 'openai';
import type { Manner } from './storm-plan.ts';

/** What a call has to hand. */
export interface Gear {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  readonly client: OpenAI;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /** Told when the first of a body has come. Whoever gets `true` reads no further. */
  readonly reached: () => boolean;
}

const params = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hold?' }] };
const body = JSON.stringify(params);

async function sent({ fetch, url, headers, signal }: Gear): Promise<Response> {
  return fetch(`${url}/v1/raw`, { method: 'POST', body, headers, signal });
}

/** Reads all of an answer by `read`, or lets it go. */
async function whole(gear: Gear, read: (response: Response) => Promise<unknown>): Promise<void> {
  const response = await sent(gear);
  if (gear.reached()) await response.body?.cancel();
  else await read(response);
}

const streamed = (gear: Gear) => ({ headers: { ...gear.headers, 'x-stream': 'yes' }, signal: gear.signal });

/** A call in each manner. */
export const calls: Readonly<Record<Manner, (gear: Gear) => Promise<void>>> = {
  text: (gear) => whole(gear, (response) => response.text()),
  json: (gear) => whole(gear, (response) => response.json()),
  bytes: (gear) => whole(gear, (response) => response.bytes()),
  clone: (gear) => whole(gear, (response) => Promise.all([response.clone().text(), response.text()])),
  async reader(gear) {
    const response = await sent({ ...gear, headers: { ...gear.headers, 'x-stream': 'yes' } });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    while (!(await reader.read()).done) if (gear.reached()) return reader.cancel();
  },
  async iterate(gear) {
    const response = await sent({ ...gear, headers: { ...gear.headers, 'x-stream': 'yes' } });
    for await (const _chunk of response.body as ReadableStream<Uint8Array>) if (gear.reached()) break;
  },
  async upload({ fetch, url, headers, signal, reached }) {
    async function* pieces() {
      for (let piece = 0; piece < 5; piece++) {
        yield Buffer.from('piece');
        await new Promise(setImmediate);
      }
    }
    const init = { method: 'POST', body: pieces(), duplex: 'half', headers, signal };
    const response = await fetch(`${url}/v1/raw`, init as unknown as RequestInit);
    if (reached()) await response.body?.cancel();
    else await response.text();
  },
  async create({ client, headers, signal, reached }) {
    await client.chat.completions.create(params, { headers, signal });
    reached();
  },
  async stream(gear) {
    for await (const _chunk of await gear.client.chat.completions.create({ ...params, stream: true }, streamed(gear)))
      if (gear.reached()) break;
  },
  async asResponse({ client, headers, signal, reached }) {
    const response = await client.chat.completions.create(params, { headers, signal }).asResponse();
    if (reached()) await response.body?.cancel();
    else await response.arrayBuffer();
  },
  async helper(gear) {
    const stream = gear.client.chat.completions.stream(params, streamed(gear));
    for await (const _chunk of stream) if (gear.reached()) break;
  },
};
