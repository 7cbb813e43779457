import { expect, it } from 'vitest';
import { callOf } from '../test/members.ts';
import { whyItStays } from './stay.ts';

const unstored = { model: 'gpt-5', store: false };

it.each<[string, object, Parameters<typeof callOf>[1]?]>([
  ['previous_response_id', { ...unstored, previous_response_id: 'resp_1' }, { path: '/responses' }],
  ['conversation', { ...unstored, conversation: 'conv_1' }, { path: '/responses' }],
  [
    'file_id',
    { model: 'gpt-5', messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
  ],
  [
    'vector_store_ids',
    { ...unstored, tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
    { path: '/responses' },
  ],
  ['fine-tuned', { model: 'ft:gpt-4o-mini:acme::1' }],
  ['/responses are kept', {}, { method: 'GET', path: '/responses/resp_1' }],
  ['/batches', { input_file_id: 'x', endpoint: '/v1/responses' }, { path: '/batches' }],
  ['GET /files', {}, { method: 'GET', path: '/files' }],
  ['POST /vector_stores', { name: 'docs' }, { path: '/vector_stores' }],
  ['GET /models', {}, { method: 'GET', path: '/models' }],
  ['POST /audio', { name: 'mine' }, { path: '/audio/voices' }],
  ['GET /organization', {}, { method: 'GET', path: '/organization/projects' }],
  ['stored', { model: 'gpt-5', input: 'Hold?' }, { path: '/responses' }],
  ['stored', { model: 'gpt-5', messages: [], store: true }],
])('keeps where it is, for %s: %j', async (reason, body, at = {}) => {
  const why = whyItStays(await callOf(body, at), false) ?? '';
  // The path or the parameter stands in the reason.
  expect(why).toContain(reason === '/batches' ? 'kept in the project' : reason);
});

it.each<[object, string]>([
  [{ model: 'gpt-5', messages: [{ role: 'user', content: 'see "file_id": "file-1"' }] }, '/chat/completions'],
  [{ ...unstored, input: 'Hold?' }, '/responses'],
  [{ model: 'text-embedding-3-small', input: 'Hold?' }, '/embeddings'],
  [{ model: 'gpt-image-1', prompt: 'a rope' }, '/images/generations'],
  [{ model: 'tts-1', input: 'Hold.' }, '/audio/speech'],
])('lets go where there is room: %j', async (body, path) => {
  expect(whyItStays(await callOf(body, { path }), false)).toBeUndefined();
});

it('lets stored answers go where that is wished', async () => {
  expect(whyItStays(await callOf({ model: 'gpt-5', input: 'Hold?' }, { path: '/responses' }), true)).toBeUndefined();
});
