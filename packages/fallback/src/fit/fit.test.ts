import type { JsonObject, Operation } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { describeChanges } from './describe-changes.ts';
import { fit } from './fit.ts';

const ask = [{ role: 'user', content: 'Answer in JSON, please.' }];
const model = 'small';

function fitted(json: JsonObject, capabilities: ModelCapabilities | undefined, operation: Operation = 'chat') {
  const result = fit({ model: 'big', ...json }, { operation, model, capabilities });
  if (result.unfit !== undefined) return { unfit: result.unfit };
  const { model: _, ...rest } = result.json;
  return { rest, changes: describeChanges(result.changes) };
}

describe('the law of the fit', () => {
  it('translates, clamps and drops what a small model does not take, and lists it', () => {
    const request = { messages: ask, max_completion_tokens: 64_000, reasoning_effort: 'high' };
    const small: ModelCapabilities = { maxTokens: 'only', maxOutputTokens: 16_384, reasoningEfforts: [] };
    expect(fitted(request, small)).toEqual({
      rest: { messages: ask, max_tokens: 16_384 },
      changes:
        'reasoning_effort high dropped; max_completion_tokens 64000 translated to max_tokens; ' +
        'max_tokens 64000 clamped to 16384',
    });
  });

  it('changes nothing but the name for a model that nobody knows', () => {
    const request = { messages: ask, max_tokens: 1e9, reasoning_effort: 'max', temperature: 2, whatever: [1] };
    expect(fitted(request, undefined)).toEqual({ rest: request, changes: '' });
    expect(fit({ model: 'big' }, { operation: 'chat', model, capabilities: undefined })).toMatchObject({
      json: { model },
    });
  });

  it('lets parameters through that nobody knows, and says no content in its changes', () => {
    const request = {
      messages: [{ role: 'user', content: 'secret' }],
      stop: 'secret',
      logit_bias: { 5: 1 },
      temperature: 'secret',
      reasoning_effort: 'secret words',
      prediction: { type: 'content', content: 'secret' },
      new_thing: 'secret',
    };
    const can: ModelCapabilities = { stop: false, sampling: false, reasoningEfforts: [], prediction: false };
    const result = fit(request, { operation: 'chat', model, capabilities: can });
    expect(result).toMatchObject({ json: { new_thing: 'secret' } });
    if (result.unfit === undefined) {
      expect(result.changes).toHaveLength(5);
      expect(JSON.stringify(result.changes)).not.toContain('secret');
    }
  });
});

describe('the limit of the answer', () => {
  it.each<[string, JsonObject, ModelCapabilities, JsonObject, Operation?]>([
    ['keeps either name where both are taken', { max_tokens: 5 }, { maxTokens: 'also' }, { max_tokens: 5 }],
    ['takes the new name', { max_tokens: 5 }, { maxTokens: 'never' }, { max_completion_tokens: 5 }],
    ['takes the old name', { max_completion_tokens: 5 }, { maxTokens: 'only' }, { max_tokens: 5 }],
    ['keeps the lower of two', { max_tokens: 9, max_completion_tokens: 5 }, { maxTokens: 'only' }, { max_tokens: 5 }],
    ['has one name in responses', { max_tokens: 50 }, {}, { max_output_tokens: 50 }, 'responses'],
    ['has one name in completions', { max_completion_tokens: 5 }, {}, { max_tokens: 5 }, 'completions'],
    ['leaves names alone of which nothing is known', { max_tokens: 5 }, {}, { max_tokens: 5 }],
    [
      'is clamped to the ceiling',
      { max_output_tokens: 9000 },
      { maxOutputTokens: 4096 },
      { max_output_tokens: 4096 },
      'responses',
    ],
    ['is not made up', {}, { maxOutputTokens: 4096, contextTokens: 8000 }, {}],
    ['is no limit if it is null', { max_tokens: null }, { maxTokens: 'never' }, { max_tokens: null }],
  ])('%s', (_name, json, can, rest, operation = 'chat') => {
    expect(fitted(json, can, operation)).toMatchObject({ rest });
    expect(Object.keys((fitted(json, can, operation) as { rest: JsonObject }).rest)).toEqual(Object.keys(rest));
  });

  const long = { messages: [{ role: 'user', content: 'x'.repeat(4000) }] };

  it('is clamped to what the input leaves of the context', () => {
    const result = fitted({ ...long, max_tokens: 4000 }, { contextTokens: 3000, maxTokens: 'also' });
    expect(result).toMatchObject({ rest: { max_tokens: 2000 } });
  });

  it('does not save a request whose input fills the context', () => {
    expect(fitted(long, { contextTokens: 1005 })).toEqual({
      unfit: 'its 1005 tokens are too few for about 1000 of input',
    });
    expect(fitted(long, { contextTokens: 9000, maxInputTokens: 900 })).toHaveProperty('unfit');
    expect(fitted({ ...long, max_tokens: 5 }, { contextTokens: 1005 })).toHaveProperty('rest');
  });

  it('leaves a request alone that the server shortens', () => {
    expect(fitted({ input: 'x'.repeat(4000), truncation: 'auto' }, { contextTokens: 100 }, 'responses')).toHaveProperty(
      'rest',
    );
  });

  it('counts tools, images and tokens, and no pictures as text', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1e6)}` } };
    expect(fitted({ messages: [{ role: 'user', content: [image] }] }, { contextTokens: 1100 })).toHaveProperty('rest');
    expect(fitted({ messages: [{ role: 'user', content: [image] }] }, { contextTokens: 900 })).toHaveProperty('unfit');
    expect(
      fitted({ prompt: Array.from({ length: 500 }, () => 7) }, { contextTokens: 400 }, 'completions'),
    ).toHaveProperty('unfit');
    const tools = [{ type: 'function', function: { name: 'f', description: 'x'.repeat(4000) } }];
    expect(fitted({ messages: ask, tools }, { contextTokens: 900 })).toHaveProperty('unfit');
  });
});

describe('reasoning', () => {
  const three: ModelCapabilities = { reasoningEfforts: ['low', 'medium', 'high'] };
  it.each([
    ['none', 'low'],
    ['minimal', 'low'],
    ['medium', 'medium'],
    ['xhigh', 'high'],
    ['max', 'high'],
    ['colossal', 'medium'],
  ])('takes the effort nearest to %s: %s', (asked, to) => {
    expect(fitted({ reasoning_effort: asked }, three)).toMatchObject({ rest: { reasoning_effort: to } });
    const nested = fitted({ reasoning: { effort: asked, summary: 'auto' } }, three, 'responses');
    expect(nested).toMatchObject({ rest: { reasoning: { effort: to, summary: 'auto' } } });
  });

  it('takes the lesser of two that are equally near', () => {
    expect(fitted({ reasoning_effort: 'minimal' }, { reasoningEfforts: ['low', 'none'] })).toMatchObject({
      rest: { reasoning_effort: 'none' },
    });
  });

  it('is taken out of a response altogether, with the thoughts so far', () => {
    const question = { role: 'user', content: 'and now?' };
    const request = {
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['reasoning.encrypted_content', 'file_search_call.results'],
      input: [{ type: 'reasoning', encrypted_content: 'sealed' }, question],
    };
    expect(fitted(request, { reasoningEfforts: [] }, 'responses')).toEqual({
      rest: { include: ['file_search_call.results'], input: [question] },
      changes: 'reasoning.effort high dropped; include reasoning.encrypted_content dropped; input 1 dropped',
    });
  });

  it('gives way to tools where a model has only one of them in chat completions', () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const can: ModelCapabilities = { toolsWithReasoning: false };
    expect(fitted({ tools, reasoning_effort: 'high' }, can)).toMatchObject({ rest: { reasoning_effort: 'none' } });
    expect(fitted({ tools, reasoning_effort: 'high' }, { ...can, reasoningEfforts: ['none', 'low'] })).toMatchObject({
      changes: 'reasoning_effort high translated to none',
    });
    expect(fitted({ reasoning_effort: 'high' }, can)).toMatchObject({ changes: '' });
    expect(fitted({ tools, reasoning: { effort: 'high' } }, can, 'responses')).toMatchObject({ changes: '' });
  });
});

describe('sampling', () => {
  const all = {
    temperature: 0,
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 1,
    logprobs: true,
    top_logprobs: 1,
    logit_bias: {},
  };
  it('is dropped where the model chooses by itself, but for the temperature that every model has', () => {
    expect(fitted(all, { sampling: false })).toMatchObject({ rest: {} });
    expect(fitted(all, { sampling: false })).toHaveProperty('rest', {});
    expect(fitted({ temperature: 1 }, { sampling: false })).toEqual({ rest: { temperature: 1 }, changes: '' });
  });

  it('stays in part with models that can be told not to reason', () => {
    const can: ModelCapabilities = { sampling: 'without_reasoning' };
    const rest = { temperature: 0, top_p: 1, logprobs: true, top_logprobs: 1 };
    expect(fitted(all, { ...can, defaultEffort: 'none' })).toHaveProperty('rest', rest);
    expect(fitted({ ...all, reasoning_effort: 'none' }, can)).toHaveProperty('rest', {
      ...rest,
      reasoning_effort: 'none',
    });
    expect(fitted({ ...all, reasoning_effort: 'low' }, { ...can, defaultEffort: 'none' })).toHaveProperty('rest', {
      reasoning_effort: 'low',
    });
    expect(fitted(all, can)).toHaveProperty('rest', {});
  });
});

describe('formats', () => {
  const schema = { name: 'answer', schema: { type: 'object' } };
  const format = { type: 'json_schema', json_schema: schema };
  it('becomes plain JSON where a schema was a wish', () => {
    const can: ModelCapabilities = { jsonSchema: false, jsonMode: true };
    const rest = { messages: ask, response_format: { type: 'json_object' } };
    expect(fitted({ messages: ask, response_format: format }, can)).toHaveProperty('rest', rest);
    const text = { format: { type: 'json_schema', ...schema }, verbosity: 'low' };
    expect(fitted({ input: 'as json', text }, can, 'responses')).toHaveProperty('rest.text', {
      format: { type: 'json_object' },
      verbosity: 'low',
    });
  });

  it.each<[string, JsonObject, ModelCapabilities]>([
    ['a strict schema', { ...format, json_schema: { ...schema, strict: true } }, { jsonSchema: false, jsonMode: true }],
    ['a schema without JSON mode', format, { jsonSchema: false, jsonMode: false }],
    ['JSON', { type: 'json_object' }, { jsonMode: false }],
  ])('does not give up %s', (_name, response_format, can) => {
    expect(fitted({ messages: ask, response_format }, can)).toHaveProperty('unfit');
  });

  it('knows that JSON has to be asked for in words', () => {
    const messages = [{ role: 'user', content: 'hello' }];
    expect(fitted({ messages, response_format: format }, { jsonSchema: false, jsonMode: true })).toHaveProperty(
      'unfit',
    );
  });
});

describe('what a model cannot do at all', () => {
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const user = (part: JsonObject) => [{ role: 'user', content: [part] }];
  it.each<[string, JsonObject, ModelCapabilities, Operation?]>([
    ['it takes no images', { messages: user({ type: 'image_url' }) }, { vision: false }],
    ['it takes no images', { input: user({ type: 'input_image' }) }, { vision: false }, 'responses'],
    ['it takes no images', { input: [{ output: [{ type: 'input_image' }] }] }, { vision: false }, 'responses'],
    ['it takes no sound', { messages: user({ type: 'input_audio' }) }, { audio: false }],
    ['it takes no sound', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }, { audio: false }],
    ['it gives no sound', { modalities: ['text', 'audio'] }, { audio: false }],
    ['it calls no tools', { tools }, { tools: false }],
    ['it calls no tools', { functions: [{ name: 'f' }] }, { tools: false }],
    [
      'it knows nothing of the tools that were called before',
      { messages: [{ role: 'tool', content: '1' }] },
      { tools: false },
    ],
    ['it does not search the web', { web_search_options: {} }, { webSearch: false }],
    ['it is not asked for chat', {}, { operations: ['responses'] }],
    ['it is not asked for images', {}, { operations: ['chat'] }, 'images'],
  ])('%s', (unfit, json, can, operation = 'chat') => {
    expect(fitted(json, can, operation)).toEqual({ unfit });
  });

  it('drops tools that the request forbids at once', () => {
    const request = { tools, tool_choice: 'none', parallel_tool_calls: false };
    expect(fitted(request, { tools: false })).toHaveProperty('rest', {});
    expect(fitted({ tools, parallel_tool_calls: false }, { parallelToolCalls: false })).toHaveProperty('rest', {
      tools,
    });
  });
});

describe('comforts', () => {
  it.each<[string, JsonObject, ModelCapabilities, string]>([
    ['verbosity', { verbosity: 'low' }, { verbosity: false }, 'verbosity low dropped'],
    ['text.verbosity', { text: { verbosity: 'low' } }, { verbosity: false }, 'text.verbosity low dropped'],
    ['prediction', { prediction: {} }, { prediction: false }, 'prediction dropped'],
    ['stop', { stop: ['.'] }, { stop: false }, 'stop dropped'],
    ['a tier', { service_tier: 'flex' }, { serviceTiers: ['priority'] }, 'service_tier flex dropped'],
    ['no common tier', { service_tier: 'default' }, { serviceTiers: [] }, ''],
    ['cache options', { prompt_cache_options: {} }, { promptCacheOptions: false }, 'prompt_cache_options dropped'],
    [
      'a retention',
      { prompt_cache_retention: 'in_memory' },
      { promptCacheRetentions: ['24h'] },
      'prompt_cache_retention in_memory dropped',
    ],
    ['no retention that is not there', {}, { promptCacheRetentions: [] }, ''],
  ])('drops %s', (_name, json, can, changes) => {
    expect(fitted(json, can)).toHaveProperty('changes', changes);
  });
});

describe('embeddings', () => {
  const embed = (json: JsonObject, can?: ModelCapabilities) => fitted({ input: 'x', ...json }, can, 'embeddings');
  const large: ModelCapabilities = { dimensions: 3072, customDimensions: true };
  it('never come from another model unless their length was asked for', () => {
    expect(embed({})).toHaveProperty('unfit');
    expect(embed({}, { dimensions: 1536 })).toHaveProperty('unfit');
    expect(embed({ model })).toEqual({ rest: { input: 'x' }, changes: '' });
  });

  it('have the length that was asked for, or do not come', () => {
    expect(embed({ dimensions: 1024 }, large)).toEqual({
      rest: { input: 'x', dimensions: 1024 },
      changes: 'model big translated to small',
    });
    expect(embed({ dimensions: 4096 }, large)).toEqual({ unfit: 'its vectors have 3072 dimensions' });
    const fixed: ModelCapabilities = { dimensions: 1536, customDimensions: false };
    expect(embed({ dimensions: 1024 }, fixed)).toHaveProperty('unfit');
    expect(embed({ dimensions: 1536 }, fixed)).toHaveProperty('rest', { input: 'x' });
  });
});
