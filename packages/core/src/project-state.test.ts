import type { JsonObject } from '@holdfast/core';
import { expect, it } from 'vitest';
import { keptInProject } from './project-state.ts';

const file = { type: 'input_file', file_id: 'file-1' };

it.each<[string, JsonObject, string?]>([
  ['previous_response_id', { previous_response_id: 'resp_1' }],
  ['conversation', { conversation: 'conv_1' }],
  ['conversation', { conversation: { id: 'conv_1' } }],
  ['file_id', { input: [{ role: 'user', content: [file] }] }],
  ['file_id', { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] }],
  ['vector_store_ids', { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }],
  ['file_ids', { tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] }],
  ['container', { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }],
  ['container_id', { tools: [{ type: 'shell', environment: { container_id: 'cntr_1' } }] }],
  ['input_file_id', { input_file_id: 'file-1' }],
  ['prompt.id', { prompt: { id: 'pmpt_1' } }],
  ['item_reference', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
  ['reasoning', { input: [{ type: 'reasoning', encrypted_content: 'x' }] }],
  ['audio.id', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }],
  ['fine-tuned', { model: 'ft:gpt-4o-mini:acme::1' }],
  ['/responses', {}, '/responses/resp_1/cancel'],
  ['/files', {}, '/files/file-1/content'],
  ['/fine_tuning/jobs', {}, '/fine_tuning/jobs/ftjob-1'],
])('names %s as what keeps a request in its project: %j', (name, json, path = '/responses') => {
  expect(keptInProject(json, path)).toContain(name);
});

it.each<[string, JsonObject, string?]>([
  ['a question', { messages: [{ role: 'user', content: '{"file_id":"file-1"}' }] }],
  ['nothing', { previous_response_id: null, conversation: null, prompt: null }],
  [
    'a tool with a parameter of that name',
    { tools: [{ type: 'function', name: 'f', parameters: { properties: { file_id: { type: 'string' } } } }] },
  ],
  ['a schema with a field of that name', { text: { format: { schema: { properties: { container: {} } } } } }],
  ['metadata', { metadata: { file_id: 'mine' } }],
  ['a new container', { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }],
  ['a file that comes along', { input: [{ content: [{ type: 'input_file', file_data: 'data:…' }] }] }],
  ['a text prompt', { prompt: 'once upon a time' }],
  ['a count', {}, '/responses/input_tokens'],
  ['a collection', {}, '/chat/completions'],
])('lets %s go anywhere', (_name, json, path = '/responses') => {
  expect(keptInProject(json, path)).toBeUndefined();
});
