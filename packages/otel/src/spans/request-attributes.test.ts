import { Body, type Call } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { requestAttributes } from './request-attributes.ts';

function read(operation: string, json: object): Record<string, unknown> {
  const call = { service: 's', id: 'c', route: { operation }, body: new Body(JSON.stringify(json)) };
  const found: Record<string, unknown> = { ...requestAttributes(call as unknown as Call) };
  for (const name of ['holdfast.service', 'holdfast.call.id', 'openai.api.type']) delete found[name];
  return found;
}

describe('the attributes of a request', () => {
  it.each([
    ['chat', { max_tokens: 10 }, { 'gen_ai.request.max_tokens': 10 }],
    ['chat', { max_tokens: 10, max_completion_tokens: 20 }, { 'gen_ai.request.max_tokens': 20 }],
    ['responses', { max_output_tokens: 30 }, { 'gen_ai.request.max_tokens': 30 }],
    ['chat', { stop: ['a', 'b'] }, { 'gen_ai.request.stop_sequences': ['a', 'b'] }],
    ['chat', { n: 3 }, { 'gen_ai.request.choice.count': 3 }],
    ['chat', { stream: true }, { 'gen_ai.request.stream': true }],
    ['chat', { response_format: { type: 'text' } }, { 'gen_ai.output.type': 'text' }],
    ['chat', { response_format: { type: 'json_object' } }, { 'gen_ai.output.type': 'json' }],
    ['responses', { text: { format: { type: 'json_schema' } } }, { 'gen_ai.output.type': 'json' }],
    [
      'embeddings',
      { dimensions: 256, encoding_format: 'float' },
      { 'gen_ai.embeddings.dimension.count': 256, 'gen_ai.request.encoding_formats': ['float'] },
    ],
  ])('%s %j gives %j', (operation, json, expected) => {
    expect(read(operation, json)).toEqual(expected);
  });

  it.each([
    ['chat', 'defaults', { n: 1, stream: false, service_tier: 'auto' }],
    ['chat', 'nulls', { temperature: null, top_p: null, stop: null, seed: null, n: null, response_format: null }],
    [
      'chat',
      'values of the wrong type',
      { temperature: 'hot', stop: [1], n: '2', seed: {}, service_tier: 3, text: 'x' },
    ],
    [
      'chat',
      'content',
      {
        messages: [{ role: 'user', content: 'x' }],
        tools: [{ type: 'function' }],
        user: 'alice',
        metadata: { a: 'b' },
      },
    ],
    ['responses', 'instructions', { instructions: 'x', input: 'y', prompt: { id: 'z' } }],
    ['embeddings', 'the format that the client asks for by itself', { encoding_format: 'base64' }],
    ['admin', 'operations that ask no model', { temperature: 1, seed: 2 }],
  ])('%s gives nothing for %s', (operation, _name, json) => {
    expect(read(operation, json)).toEqual({});
  });
});
