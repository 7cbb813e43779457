import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faults, type FaultRule } from '@holdfast/testkit';
import OpenAI, { toFile, type ClientOptions } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { Stream } from 'openai/streaming';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sideBySide, type Side } from './side-by-side.ts';

const model = 'gpt-5';
const messages = [{ role: 'user' as const, content: 'Say something that holds.' }];
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'weather',
      description: 'The weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];
const Answer = z.object({ answer: z.string(), sure: z.boolean() });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function bytesOf(response: Response): Promise<number[]> {
  return [...new Uint8Array(await response.arrayBuffer())];
}

const facets = (response: Response) => ({
  url: response.url,
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  type: response.type,
  redirected: response.redirected,
  bodyUsed: response.bodyUsed,
  isResponse: response instanceof Response,
  constructor: response.constructor.name,
  tag: Object.prototype.toString.call(response),
  own: Object.keys(response),
  sameHeaders: response.headers === response.headers,
  sameBody: response.body === response.body,
  headers: Object.fromEntries(response.headers),
});

interface Case {
  readonly run: (side: Side) => Promise<unknown>;
  readonly script?: readonly FaultRule[];
  readonly client?: ClientOptions;
}

const plain: Record<string, Case['run']> = {
  'chat.completions.create': async ({ client }) => {
    const completion = await client.chat.completions.create({ model, messages });
    return [completion, completion._request_id];
  },
  'n choices': ({ client }) => client.chat.completions.create({ model, messages, n: 3 }),
  'tool calls': ({ client }) => client.chat.completions.create({ model, messages, tools, tool_choice: 'required' }),
  'chat.completions.parse': async ({ client }) =>
    (await client.chat.completions.parse({ model, messages, response_format: zodResponseFormat(Answer, 'answer') }))
      .choices,
  'a chat stream': async ({ client }) =>
    all(
      await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }),
    ),
  'a stream of tool calls': async ({ client }) =>
    all(await client.chat.completions.create({ model, messages, tools, tool_choice: 'required', stream: true })),
  'the chat .stream() helper': async ({ client }) => {
    const deltas: string[] = [];
    const stream = client.chat.completions.stream({ model, messages }).on('content', (delta) => deltas.push(delta));
    return [await stream.finalChatCompletion(), deltas, await stream.finalContent()];
  },
  runTools: async ({ client }) => {
    const runner = client.chat.completions.runTools({
      model,
      messages,
      tool_choice: 'required',
      tools: [
        {
          type: 'function',
          function: { ...tools[0]?.function, name: 'weather', parse: JSON.parse, function: () => 'storm' },
        },
      ] as never,
    });
    return [await runner.finalContent(), runner.messages];
  },
  'tee of a stream': async ({ client }) => {
    const [left, right] = (await client.chat.completions.create({ model, messages, stream: true })).tee();
    return Promise.all([all(left), all(right)]);
  },
  toReadableStream: async ({ client }) => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    return all(Stream.fromReadableStream(stream.toReadableStream(), new AbortController()));
  },
  'breaking off a stream': async ({ client }) => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) return [chunk, stream.controller.signal.aborted];
    return undefined;
  },
  'consuming a stream twice': async ({ client }) => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    await all(stream);
    return all(stream);
  },
  'legacy completions': ({ client }) => client.completions.create({ model, prompt: 'Hold' }),
  'a legacy completion stream': async ({ client }) =>
    all(await client.completions.create({ model, prompt: 'Hold', stream: true })),
  'responses.create': async ({ client }) => {
    const response = await client.responses.create({ model, input: 'Hold' });
    return [response, response.output_text, response._request_id];
  },
  'a responses stream': async ({ client }) =>
    all(await client.responses.create({ model, input: 'Hold', stream: true })),
  'the responses .stream() helper': async ({ client }) => {
    const stream = client.responses.stream({ model, input: 'Hold' });
    return [await all(stream), await stream.finalResponse()];
  },
  'responses.parse': async ({ client }) =>
    (
      await client.responses.parse({
        model,
        input: 'Hold',
        text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: z.toJSONSchema(Answer) } },
      })
    ).output,
  'a background response and its retrieval': async ({ client }) => {
    const created = await client.responses.create({ model, input: 'Hold', background: true });
    return [created.id, await client.responses.retrieve(created.id)];
  },
  embeddings: ({ client }) =>
    client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8 }),
  moderations: ({ client }) => client.moderations.create({ model: 'omni-moderation-latest', input: 'Hold' }),
  images: ({ client }) => client.images.generate({ model: 'gpt-image-1', prompt: 'A knot' }),
  withResponse: async ({ client }) => {
    const { data, response, request_id } = await client.chat.completions.create({ model, messages }).withResponse();
    return [data, facets(response), request_id];
  },
  'withResponse of a stream': async ({ client }) => {
    const { data, response } = await client.chat.completions.create({ model, messages, stream: true }).withResponse();
    return [await all(data), facets(response)];
  },
  'asResponse, before and after reading': async ({ client }) => {
    const response = await client.chat.completions.create({ model, messages }).asResponse();
    return [facets(response), await response.text(), facets(response), await response.text().catch(String)];
  },
  'asResponse as JSON': async ({ client }) =>
    (await client.chat.completions.create({ model, messages }).asResponse()).json(),
  'asResponse as bytes': async ({ client }) =>
    bytesOf(await client.chat.completions.create({ model, messages }).asResponse()),
  'asResponse through a reader': async ({ client }) => {
    const response = await client.chat.completions.create({ model, messages }).asResponse();
    const chunks = await all(response.body as unknown as AsyncIterable<Uint8Array>);
    return [Buffer.concat(chunks).toString(), response.bodyUsed];
  },
  'asResponse cloned': async ({ client }) => {
    const response = await client.chat.completions.create({ model, messages }).asResponse();
    const clone = response.clone();
    return [await clone.json(), await response.json()];
  },
  'the raw bytes of a stream': async ({ client }) =>
    (await client.chat.completions.create({ model, messages, stream: true }).asResponse()).text(),
  'raw get and post': async ({ client }) => [
    await client.get('/models'),
    await client.post('/chat/completions', { body: { model, messages } }),
  ],
  'models.list as pages': async ({ client }) => [(await client.models.list()).data, await all(client.models.list())],
  'files: upload, list by cursor, read, delete': async ({ client }) => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const file = await toFile(Buffer.from(`line ${index}`), `file-${index}.txt`);
      ids.push((await client.files.create({ file, purpose: 'assistants' })).id);
    }
    const listed = await all(client.files.list({ limit: 2 }));
    const content = await (await client.files.content(ids[0] as string)).text();
    return [ids, listed, content, await client.files.delete(ids[1] as string)];
  },
  'iterPages and getNextPage': async ({ client }) => {
    for (let index = 0; index < 3; index++)
      await client.files.create({ file: await toFile(Buffer.from('x'), `${index}`), purpose: 'batch' });
    const page = await client.files.list({ limit: 2 });
    const pages = [];
    for await (const next of page.iterPages()) pages.push(next.data.length);
    return [page.data, page.hasNextPage(), (await page.getNextPage()).data, pages];
  },
  'uploading a file from disk': async ({ client }) => {
    const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'note.txt');
    writeFileSync(path, 'from disk');
    const { id, bytes, filename } = await client.files.create({ file: createReadStream(path), purpose: 'assistants' });
    return [id, bytes, filename];
  },
  'transcription of an upload': async ({ client }) =>
    client.audio.transcriptions.create({
      model: 'gpt-4o-transcribe',
      file: await toFile(Buffer.from('RIFF'), 'a.wav'),
    }),
  'speech, binary': async ({ client }) => {
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hold' });
    return [facets(response), await bytesOf(response)];
  },
  'speech, streamed from its body': async ({ client }) => {
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hold' });
    return Buffer.concat(await all(response.body as unknown as AsyncIterable<Uint8Array>)).toString('hex');
  },
  'polling a vector store': async ({ client }) => {
    const store = await client.vectorStores.create({ name: 's' });
    const file = await client.files.create({ file: await toFile(Buffer.from('x'), 'x'), purpose: 'assistants' });
    const polled = await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 5 });
    return polled.status;
  },
  'defaults and options of one request': async ({ client }) =>
    client
      .withOptions({ defaultHeaders: { 'x-app': 'a' }, defaultQuery: { trace: '1' } })
      .chat.completions.create({ model, messages }, { headers: { 'x-one': '1' }, timeout: 5000, idempotencyKey: 'k' }),
  'a request aborted beforehand': async ({ client }) => {
    const controller = new AbortController();
    controller.abort();
    return client.chat.completions.create({ model, messages }, { signal: controller.signal });
  },
};

const failing: Record<string, Case> = Object.fromEntries(
  [
    ['400', faults.status(400, { code: 'invalid_value', message: 'No.' })],
    ['401', faults.revokedKey()],
    ['403', faults.status(403)],
    ['404', faults.status(404, { code: 'model_not_found' })],
    ['409', faults.status(409)],
    ['422', faults.status(422)],
    ['429 with its headers', faults.rateLimit({ retryAfterMs: 1200 })],
    ['429 for a spent quota', faults.quota()],
    ['500', faults.status(500)],
    ['503', faults.overloaded()],
    ['a connection reset before the headers', faults.reset({ at: 'headers' })],
    ['a body that is not JSON', faults.notJson()],
    ['a body cut short', faults.truncatedBody(40)],
  ].map(([name, fault]) => [
    `the error for ${name as string}`,
    {
      run: ({ client }: Side) => client.chat.completions.create({ model, messages }),
      script: [{ fault }],
    } as Case,
  ]),
);

const streamed: Record<string, Case> = {
  'an error inside a chat stream': {
    run: async ({ client }) => all(await client.chat.completions.create({ model, messages, stream: true })),
    script: [{ fault: faults.inStreamError({ afterEvents: 2 }) }],
  },
  'a failed response stream': {
    run: async ({ client }) => all(await client.responses.create({ model, input: 'x', stream: true })),
    script: [{ fault: faults.inStreamError({ afterEvents: 2, as: 'response.failed' }) }],
  },
  'an event that is no JSON': {
    run: async ({ client }) => all(await client.chat.completions.create({ model, messages, stream: true })),
    script: [{ fault: faults.malformedSse({ afterEvents: 2 }) }],
  },
};

for (const bytes of [1, 7, 4096, 'random'] as const) {
  for (const api of ['chat', 'responses'] as const) {
    streamed[`the bytes of a ${api} stream in chunks of ${bytes}`] = {
      async run({ client }) {
        const request =
          api === 'chat'
            ? client.chat.completions.create({ model, messages, stream: true })
            : client.responses.create({ model, input: 'Hold', stream: true });
        return (await (request as unknown as { asResponse(): Promise<Response> }).asResponse()).text();
      },
      script: [{ fault: faults.chunking(bytes === 'random' ? bytes : { bytes }) }],
    };
  }
}

const unreachable: Record<string, Case> = {
  'a base URL that nobody listens on': {
    run: ({ client }) => client.chat.completions.create({ model, messages }),
    client: { baseURL: 'http://127.0.0.1:1/v1' },
  },
};

const cases: Record<string, Case> = {
  ...Object.fromEntries(Object.entries(plain).map(([name, run]) => [name, { run }])),
  ...failing,
  ...streamed,
  ...unreachable,
};

describe.each([
  ['over the fetch of the client', {}],
  ['over the transport', { transport: true }],
] as const)('a wrapped client cannot be told from the bare one when nothing is to be done, %s', (_over, dress) => {
  it.each(Object.entries(cases))('%s', async (_name, { run, ...options }) => {
    const { bare, wrapped } = await sideBySide(run, { ...options, ...dress });
    expect(wrapped).toEqual(bare);
    expect(bare.result !== undefined || bare.error !== undefined).toBe(true);
  });

  it('holds a stream back at the source when the reader is slow', async () => {
    const { bare, wrapped } = await sideBySide(
      async ({ client, upstream }) => {
        const stream = await client.chat.completions.create({ model, messages, stream: true });
        const iterator = stream[Symbol.asyncIterator]();
        for (let index = 0; index < 10; index++) await iterator.next();
        let sent = -1;
        // Until the buffers of both sockets are full and nothing moves any more.
        while (sent !== upstream.log[0]?.eventsSent) {
          sent = upstream.log[0]?.eventsSent ?? 0;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        stream.controller.abort();
        return { heldBack: sent < 150_000 };
      },
      { upstream: { words: 150_000 }, ...dress },
    );
    expect(bare.result).toEqual({ heldBack: true });
    expect(wrapped.result).toEqual({ heldBack: true });
  });

  it('keeps every class and subclass of the client', async () => {
    class Mine extends OpenAI {
      mine = true;
    }
    const { holdfast } = await import('holdfast');
    const wrapped = holdfast(new Mine({ apiKey: 'sk-x' }));
    expect(wrapped).toBeInstanceOf(Mine);
    expect(wrapped.mine).toBe(true);
  });
});
