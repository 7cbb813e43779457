import { Readable } from 'node:stream';
import { faults, type FaultRule } from '@holdfast/testkit';
import { toFile, type ClientOptions } from 'openai';
import { describe, expect, it } from 'vitest';
import { sideBySide, type Side } from './side-by-side.ts';

const model = 'gpt-5';
const messages = [{ role: 'user' as const, content: 'Say something that holds.' }];
const input = 'Hold';

interface Case {
  readonly run: (side: Side) => Promise<unknown>;
  readonly script?: readonly FaultRule[];
  readonly client?: ClientOptions;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const text = async (stream: AsyncIterable<Uint8Array>): Promise<string> => Buffer.concat(await all(stream)).toString();
const textFile = (content = 'a line'): Promise<File> => toFile(Buffer.from(content), 'note.txt');
const bodyOf = (response: Response): ReadableStream<Uint8Array> => response.body as ReadableStream<Uint8Array>;

/** The families of methods that the first table leaves out. */
const families: Record<string, Case['run']> = {
  'models: retrieve': ({ client }) => client.models.retrieve(model),
  'translation of an upload': async ({ client }) =>
    client.audio.translations.create({ model: 'whisper-1', file: await toFile(Buffer.from('RIFF'), 'a.wav') }),
  'an upload from a web stream': async ({ client }) => {
    const file = await toFile(new Response(new Blob(['streamed']).stream()), 'streamed.txt');
    const { id, bytes, filename } = await client.files.create({ file, purpose: 'assistants' });
    return [id, bytes, filename];
  },
  'an upload from a stream of Node': async ({ client }) => {
    const file = await toFile(Readable.from([Buffer.from('one,'), Buffer.from('two')]), 'node.txt');
    const { id, bytes, filename } = await client.files.create({ file, purpose: 'assistants' });
    return [id, bytes, filename, await (await client.files.content(id)).text()];
  },
  'an upload from a Blob and a File': async ({ client }) => {
    const sizes = [];
    for (const file of [new File(['file ü'], 'ü.txt', { type: 'text/plain' }), await toFile(new Blob(['blob']), 'b')])
      sizes.push((await client.files.create({ file, purpose: 'assistants' })).bytes);
    return sizes;
  },
  'an upload of a megabyte': async ({ client }) => {
    const file = await toFile(Buffer.alloc(1024 * 1024, 'x'), 'large.bin');
    const { id, bytes } = await client.files.create({ file, purpose: 'assistants' });
    return [bytes, (await (await client.files.content(id)).arrayBuffer()).byteLength];
  },
  'an upload in parts': async ({ client }) => {
    const upload = await client.uploads.create({
      bytes: 8,
      filename: 'parts.txt',
      mime_type: 'text/plain',
      purpose: 'assistants',
    });
    const parts = [];
    for (const part of ['part', 'ed !']) {
      const data = await toFile(Buffer.from(part), 'part');
      parts.push((await client.uploads.parts.create(upload.id, { data })).id);
    }
    return [upload.status, (await client.uploads.complete(upload.id, { part_ids: parts })).status];
  },
  'an upload that is cancelled': async ({ client }) => {
    const about = { bytes: 8, filename: 'no.txt', mime_type: 'text/plain', purpose: 'assistants' } as const;
    return (await client.uploads.cancel((await client.uploads.create(about)).id)).status;
  },
  'files: retrieve': async ({ client }) => {
    const { id } = await client.files.create({ file: await textFile(), purpose: 'assistants' });
    return client.files.retrieve(id);
  },
  'the content of a file in several ways': async ({ client }) => {
    const { id } = await client.files.create({ file: await textFile('each way'), purpose: 'assistants' });
    const content = (): Promise<Response> => client.files.content(id);
    const blob = await (await content()).blob();
    return [
      blob.type,
      await blob.text(),
      await text(bodyOf(await content())),
      (await (await content()).bytes()).length,
    ];
  },
  'a batch': async ({ client }) => {
    const line = { custom_id: '1', method: 'POST', url: '/v1/chat/completions', body: { model, messages } };
    const file = await client.files.create({ file: await textFile(JSON.stringify(line)), purpose: 'batch' });
    const batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    return [batch.id, (await client.batches.retrieve(batch.id)).id, (await all(client.batches.list())).length];
  },
  'a conversation': async ({ client }) => {
    const { id } = await client.conversations.create({ metadata: { a: 'b' } });
    return [id, await client.conversations.retrieve(id), await client.conversations.delete(id)];
  },
  'vector stores: retrieve, list, delete': async ({ client }) => {
    const { id } = await client.vectorStores.create({ name: 's' });
    return [(await client.vectorStores.retrieve(id)).name, (await all(client.vectorStores.list())).length, id];
  },
  'responses: input items and delete': async ({ client }) => {
    const { id } = await client.responses.create({ model, input });
    return [id, await client.responses.delete(id)];
  },
  'what is not there': ({ client }) => client.files.retrieve('file-none'),
  'raw delete, put and patch': async ({ client }) => {
    const failures = [];
    for (const send of ['delete', 'put', 'patch'] as const)
      failures.push(await client[send]('/models/none', {}).catch((error: { status: number }) => error.status));
    return failures;
  },
  'asResponse of an embedding in base64': async ({ client }) =>
    (await client.embeddings.create({ model: 'text-embedding-3-small', input }).asResponse()).json(),
  'headers as the client gives them': async ({ client }) => {
    const { response } = await client.models.list().withResponse();
    return [[...response.headers.keys()], response.headers.get('X-Request-Id'), response.headers.getSetCookie()];
  },
  'a dozen calls at once': async ({ client }) =>
    (await Promise.all(Array.from({ length: 12 }, () => client.chat.completions.create({ model, messages })))).map(
      ({ choices }) => choices.length,
    ),
};

/** Reads a stream up to where it breaks, and says what came and how it ended. */
const broken = async ({ client }: Side): Promise<unknown> => {
  const seen: unknown[] = [];
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  try {
    for await (const chunk of stream) seen.push(chunk.choices.length);
    return [seen, 'ended'];
  } catch (error) {
    return [seen, (error as Error).constructor.name];
  }
};

const create = ({ client }: Side): Promise<unknown> => client.chat.completions.create({ model, messages });
const streamed = ({ client }: Side): Promise<unknown> =>
  client.chat.completions.create({ model, messages, stream: true });

/** What is caught; the cause of a timeout or an abort is ours and says more. */
const named = (error: unknown): unknown => [(error as Error).constructor.name, (error as Error).message];

const failing: Record<string, Case> = {
  'a refusal of a stream': { run: streamed, script: [{ fault: faults.rateLimit({ retryAfterMs: 1200 }) }] },
  'a dead key of a stream': { run: streamed, script: [{ fault: faults.revokedKey() }] },
  'a refusal of an upload': {
    run: async ({ client }) => client.files.create({ file: await textFile(), purpose: 'assistants' }),
    script: [{ fault: faults.status(500) }],
  },
  'a refusal read by asResponse': {
    run: ({ client }) => client.chat.completions.create({ model, messages }).asResponse(),
    script: [{ fault: faults.overloaded() }],
  },
  'a reset at connect': { run: create, script: [{ fault: faults.reset({ at: 'connect' }) }] },
  'a reset within the body': { run: create, script: [{ fault: faults.reset({ at: 'body' }) }] },
  'a timeout before the headers': {
    run: (side) => create(side).catch(named),
    script: [{ fault: faults.hang({ at: 'headers' }) }],
    client: { timeout: 150 },
  },
  'a timeout of a stream before its headers': {
    run: (side) => streamed(side).catch(named),
    script: [{ fault: faults.hang({ at: 'headers' }) }],
    client: { timeout: 150 },
  },
  'an abort before the headers': {
    async run({ client, upstream }) {
      const controller = new AbortController();
      const call = client.chat.completions.create({ model, messages }, { signal: controller.signal });
      await expect.poll(() => upstream.log.length, { interval: 2 }).toBe(1);
      controller.abort();
      return call.catch(named);
    },
    script: [{ fault: faults.hang({ at: 'headers' }) }],
  },
  'an abort within a body': {
    async run({ client, upstream }) {
      const controller = new AbortController();
      const call = client.chat.completions.create({ model, messages }, { signal: controller.signal });
      await expect.poll(() => upstream.log[0]?.status, { interval: 2 }).toBe(200);
      controller.abort();
      return call.catch(named);
    },
    script: [{ fault: faults.hang({ at: 'body' }) }],
  },
  'an abort within a stream': {
    async run({ client }) {
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      let events = 0;
      for await (const _chunk of stream) if (++events === 3) stream.controller.abort();
      return [events, stream.controller.signal.aborted];
    },
    script: [{ fault: faults.hang({ at: 'body', afterEvents: 3 }) }],
  },
  'an abort of the .stream() helper': {
    async run({ client }) {
      const stream = client.chat.completions.stream({ model, messages });
      stream.on('chunk', () => stream.abort());
      return stream.done().then(
        () => 'done',
        (error: Error) => [error.constructor.name, stream.aborted, stream.errored],
      );
    },
    script: [{ fault: faults.hang({ at: 'body', afterEvents: 2 }) }],
  },
};

const cases: Record<string, Case> = {
  ...Object.fromEntries(Object.entries(families).map(([name, run]) => [name, { run }])),
  ...failing,
};

describe.each([
  ['over the fetch of the client', {}],
  ['over the transport', { transport: true }],
] as const)('a wrapped client cannot be told from the bare one in the other families, %s', (_over, dress) => {
  it.each(Object.entries(cases))('%s', async (_name, { run, ...options }) => {
    const { bare, wrapped } = await sideBySide(run, { ...options, ...dress });
    expect(wrapped).toEqual(bare);
    expect(bare.result !== undefined || bare.error !== undefined).toBe(true);
  });

  it('a stream that is reset gives the same events and then an error', async () => {
    const script = [{ fault: faults.reset({ at: 'body', afterEvents: 3 }) }];
    const { bare, wrapped } = await sideBySide(broken, { script, ...dress });
    const [events, end] = bare.result as [unknown[], string];
    expect(end).toMatch(/Error$/);
    // The wrapped client says in a class of its own what broke.
    expect(wrapped.result).toEqual([events, 'APIError']);
    expect(wrapped.requests).toEqual(bare.requests);
  });
});
