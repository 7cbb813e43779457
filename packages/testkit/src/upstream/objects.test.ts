import OpenAI, { toFile } from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect } from './collect.ts';
import { startUpstream } from './server.ts';
import type { Upstream } from './server.ts';

let upstream: Upstream;
let client: OpenAI;

// The machine's clock: the client's polling helpers wait by it, a millisecond at a time.
beforeEach(async () => {
  upstream = await startUpstream({ keys: ['sk-blue', { key: 'sk-red', project: 'proj_red' }] });
  client = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-blue', maxRetries: 0 });
});
afterEach(() => upstream.close());

const upload = (text: string, purpose: OpenAI.FilePurpose = 'user_data'): Promise<OpenAI.FileObject> =>
  toFile(Buffer.from(text), 'notes.txt').then((file) => client.files.create({ file, purpose }));

test('keeps files, gives them back and deletes them', async () => {
  const file = await upload('some text');
  expect(file).toMatchObject({ bytes: 9, filename: 'notes.txt', purpose: 'user_data' });
  expect(await (await client.files.content(file.id)).text()).toBe('some text');
  expect((await client.files.retrieve(file.id)).id).toBe(file.id);
  expect((await client.files.delete(file.id)).deleted).toBe(true);
  await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
});

test('shows the objects of a project to its own keys only', async () => {
  const file = await upload('mine');
  const other = new OpenAI({ baseURL: upstream.baseURL, apiKey: 'sk-red', maxRetries: 0 });
  await expect(other.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
  expect((await other.files.list()).data).toEqual([]);
});

test('cuts lists into pages that the client follows', async () => {
  for (let count = 0; count < 5; count++) await upload(`file ${count}`);
  const page = await client.files.list({ limit: 2 });
  expect(page.data).toHaveLength(2);
  expect(page.has_more).toBe(true);
  expect(await collect(client.files.list({ limit: 2 }))).toHaveLength(5);
});

test('puts uploads together from their parts', async () => {
  const { id } = await client.uploads.create({
    bytes: 8,
    filename: 'big.txt',
    mime_type: 'text/plain',
    purpose: 'user_data',
  });
  const data = (text: string): Promise<File> => toFile(Buffer.from(text), 'part');
  const first = await client.uploads.parts.create(id, { data: await data('one ') });
  const second = await client.uploads.parts.create(id, { data: await data('two ') });
  const done = await client.uploads.complete(id, { part_ids: [second.id, first.id] });
  expect(done.status).toBe('completed');
  expect(await (await client.files.content(done.file!.id)).text()).toBe('two one ');
});

test('lets the polling helpers of vector stores wait until the work is done', async () => {
  const store = await client.vectorStores.create({ name: 'library' });
  const [one, two] = [await upload('1', 'assistants'), await upload('2', 'assistants')];
  const file = await client.vectorStores.files.createAndPoll(store.id, { file_id: one.id });
  expect(file.status).toBe('completed');
  const batch = await client.vectorStores.fileBatches.createAndPoll(store.id, { file_ids: [one.id, two.id] });
  expect(batch).toMatchObject({ status: 'completed', file_counts: { completed: 2, total: 2 } });
  expect((await client.vectorStores.retrieve(store.id)).name).toBe('library');
});

test('carries out the lines of a batch', async () => {
  const line = (id: string, model?: string): string =>
    JSON.stringify({
      custom_id: id,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model, messages: [{ role: 'user', content: 'hi' }] },
    });
  const input = await upload(`${line('a', 'gpt-5')}\n${line('b')}\n`, 'batch');
  const created = await client.batches.create({
    input_file_id: input.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
  expect(created.status).toBe('validating');
  const batch = await client.batches.retrieve(created.id);
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 2, completed: 1, failed: 1 } });
  const output = await (await client.files.content(batch.output_file_id!)).text();
  expect(JSON.parse(output)).toMatchObject({
    custom_id: 'a',
    response: { status_code: 200, body: { object: 'chat.completion' } },
  });
  expect(await collect(client.batches.list())).toHaveLength(1);
});

test('embeds the same text alike, in base64 and in numbers', async () => {
  const byDefault = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] });
  const asNumbers = await client.embeddings.create({
    model: 'text-embedding-3-small',
    input: 'one',
    encoding_format: 'float',
  });
  expect(byDefault.data[0]?.embedding).toHaveLength(1536);
  expect(byDefault.data[0]?.embedding).toEqual(asNumbers.data[0]?.embedding);
  expect(byDefault.data[1]?.embedding).not.toEqual(asNumbers.data[0]?.embedding);
  const short = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'one', dimensions: 8 });
  expect(Math.hypot(...short.data[0]!.embedding)).toBeCloseTo(1, 5);
});

test('completes plain text, whole and streamed', async () => {
  const body = { model: 'gpt-3.5-turbo-instruct', prompt: 'once upon', max_tokens: 3 };
  expect((await client.completions.create(body)).choices[0]).toMatchObject({
    text: 'once upon once',
    finish_reason: 'length',
  });
  const chunks = await collect(await client.completions.create({ ...body, stream: true }));
  expect(chunks.map((chunk) => chunk.choices[0]?.text).join('')).toBe('once upon once');
});

test('draws images, whole and in parts', async () => {
  const image = await client.images.generate({ model: 'gpt-image-1', prompt: 'a dot' });
  expect(Buffer.from(image.data![0]!.b64_json!, 'base64').subarray(1, 4).toString()).toBe('PNG');
  const stream = await client.images.generate({
    model: 'gpt-image-1',
    prompt: 'a dot',
    stream: true,
    partial_images: 2,
  });
  expect((await collect(stream)).map((event) => event.type)).toEqual([
    'image_generation.partial_image',
    'image_generation.partial_image',
    'image_generation.completed',
  ]);
});

test('speaks in chunks of bytes', async () => {
  const response = await client.audio.speech.create({
    model: 'tts-1',
    voice: 'alloy',
    input: 'one two three four five',
  });
  expect(response.headers.get('content-type')).toBe('audio/mpeg');
  expect((await response.arrayBuffer()).byteLength).toBe(3 * 1024);
});

test('transcribes, plainly and streamed', async () => {
  const file = await toFile(Buffer.from('sound'), 'talk.mp3');
  expect((await client.audio.transcriptions.create({ model: 'whisper-1', file })).text).toBe(
    'This is what talk.mp3 says.',
  );
  const stream = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file, stream: true });
  const events = await collect(stream);
  expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: 'This is what talk.mp3 says.' });
  expect(upstream.log[1]).toMatchObject({ model: 'gpt-4o-transcribe', stream: true });
});

test('moderates, lists models and keeps conversations', async () => {
  const verdict = await client.moderations.create({ input: ['peace', 'violence'] });
  expect(verdict.results.map((result) => result.flagged)).toEqual([false, true]);
  expect((await client.models.list()).data.map((model) => model.id)).toContain('gpt-5');
  expect((await client.models.retrieve('gpt-5')).object).toBe('model');
  const { id } = await client.conversations.create({ items: [{ role: 'user', content: 'hi', type: 'message' }] });
  expect((await client.conversations.retrieve(id)).object).toBe('conversation');
  expect((await client.conversations.items.list(id)).data).toHaveLength(1);
});
