import type { JsonObject, Operation } from '@holdfast/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ModelCapabilities } from '../models/capabilities.ts';
import { fit } from './fit.ts';

const limits = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
const effort = fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max');
const tokens = fc.integer({ min: 1, max: 200_000 });
const flag = fc.boolean();
/** Mostly `true`, as most requests are to fit: of those that do not there is nothing to be said. */
const mostly = fc.integer({ min: 0, max: 5 }).map((roll) => roll > 0);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text: fc.string({ maxLength: 400 }) }),
  fc.record({ type: fc.constantFrom('image_url', 'input_image', 'input_audio') }),
);
const message = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', 'tool'),
    content: fc.oneof(fc.string(), fc.array(part, { maxLength: 3 })),
  },
  { requiredKeys: ['role', 'content'] },
);
const schema = fc.record({
  type: fc.constantFrom('json_schema', 'json_object', 'text'),
  json_schema: fc.record({ name: fc.constant('json'), strict: flag }),
});

const request: fc.Arbitrary<JsonObject> = fc.record(
  {
    messages: fc.array(message, { maxLength: 4 }),
    input: fc.array(fc.oneof(message, fc.record({ type: fc.constant('reasoning'), id: fc.string() })), {
      maxLength: 4,
    }),
    max_tokens: maybe(tokens),
    max_completion_tokens: maybe(tokens),
    max_output_tokens: maybe(tokens),
    reasoning_effort: maybe(effort),
    reasoning: fc.record({ effort: maybe(effort), summary: fc.constant('auto') }, { requiredKeys: [] }),
    include: fc.array(fc.constantFrom('reasoning.encrypted_content', 'message.output_text.logprobs')),
    temperature: maybe(fc.constantFrom(0, 0.5, 1)),
    top_p: fc.constantFrom(0.1, 1),
    presence_penalty: fc.constantFrom(0, 1),
    logprobs: flag,
    logit_bias: fc.constant({ 7: 1 }),
    stop: fc.string(),
    response_format: schema,
    text: fc.record({ format: schema, verbosity: fc.constantFrom('low', 'high') }, { requiredKeys: [] }),
    tools: fc.array(fc.constant({ type: 'function' }), { maxLength: 2 }),
    tool_choice: fc.constantFrom('none', 'auto'),
    parallel_tool_calls: flag,
    verbosity: fc.constantFrom('low', 'high'),
    service_tier: fc.constantFrom('auto', 'flex', 'priority'),
    dimensions: fc.constantFrom(256, 1536),
    unheard_of: fc.jsonValue(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

const capabilities: fc.Arbitrary<ModelCapabilities> = fc.record(
  {
    contextTokens: fc.integer({ min: 500, max: 300_000 }),
    maxInputTokens: fc.integer({ min: 500, max: 300_000 }),
    maxOutputTokens: tokens,
    vision: mostly,
    audio: mostly,
    tools: mostly,
    parallelToolCalls: flag,
    toolsWithReasoning: flag,
    jsonSchema: mostly,
    jsonMode: mostly,
    reasoningEfforts: fc.uniqueArray(effort),
    defaultEffort: effort,
    sampling: fc.constantFrom(true, false, 'without_reasoning' as const),
    maxTokens: fc.constantFrom('also' as const, 'only' as const, 'never' as const),
    stop: flag,
    verbosity: flag,
    serviceTiers: fc.subarray(['flex', 'priority', 'fast']),
    dimensions: fc.constantFrom(1536, 3072),
    customDimensions: flag,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ModelCapabilities>;

const operation = fc.constantFrom<Operation>('chat', 'responses', 'completions', 'embeddings');
const target = (can: ModelCapabilities | undefined, of: Operation) => ({
  operation: of,
  model: 'b',
  capabilities: can,
});
const lowest = (json: JsonObject) =>
  Math.min(...limits.map((name) => json[name]).filter((value) => typeof value === 'number'));

/** Runs a law over requests that fit; those that do not have nothing to be looked at. */
function law(check: (before: JsonObject, after: JsonObject, can: ModelCapabilities, of: Operation) => void): void {
  let fitting = 0;
  fc.assert(
    fc.property(request, capabilities, operation, (json, can, of) => {
      // Vectors of another model would hardly ever fit.
      const before = { model: of === 'embeddings' ? 'b' : 'a', ...json };
      const result = fit(before, target(can, of));
      if (result.unfit !== undefined) return;
      fitting++;
      check(before, result.json, can, of);
    }),
    { numRuns: 2000 },
  );
  expect(fitting).toBeGreaterThan(1000);
}

it('changes nothing more when it is done again', () => {
  law((_before, after, can, of) => {
    expect(fit(after, target(can, of))).toEqual({ json: after, changes: [] });
  });
});

it('never raises a limit, and never makes one up', () => {
  law((before, after) => expect(lowest(after)).toBeLessThanOrEqual(lowest(before)));
  law((before, after) =>
    expect(lowest(after) < Number.POSITIVE_INFINITY).toBe(lowest(before) < Number.POSITIVE_INFINITY),
  );
});

it('invents no parameter: a new name stands only where a limit was renamed', () => {
  law((before, after) => {
    const invented = Object.keys(after).filter((name) => !(name in before));
    expect(invented.every((name) => limits.includes(name))).toBe(true);
    expect(invented.length).toBeLessThanOrEqual(1);
    expect(after['unheard_of']).toEqual(before['unheard_of']);
  });
});

it('leaves only what the model takes', () => {
  law((_before, after, can, of) => {
    if (of === 'embeddings') return;
    const has = (name: string) => (after[name] ?? undefined) !== undefined;
    const efforts = can.reasoningEfforts;
    const asked = [after['reasoning_effort'], (after['reasoning'] as JsonObject | undefined)?.['effort']];
    for (const one of asked)
      if (efforts !== undefined && typeof one === 'string') expect([...efforts, 'none']).toContain(one);
    if (efforts?.length === 0) expect(has('reasoning_effort') || has('reasoning')).toBe(false);
    if (can.sampling === false) {
      expect(['top_p', 'presence_penalty', 'logprobs', 'logit_bias'].some(has)).toBe(false);
      expect([undefined, null, 1]).toContain(after['temperature']);
    }
    if (can.stop === false) expect(has('stop')).toBe(false);
    if (can.tools === false) expect(has('tools')).toBe(false);
    if (of === 'responses') expect(has('max_tokens') || has('max_completion_tokens')).toBe(false);
    if (of === 'chat' && can.maxTokens === 'never') expect(has('max_tokens')).toBe(false);
    if (of === 'chat' && can.maxTokens === 'only') expect(has('max_completion_tokens')).toBe(false);
    for (const name of limits) if (has(name)) expect(after[name]).toBeLessThanOrEqual(can.maxOutputTokens ?? Infinity);
  });
});

it('says of every parameter that is gone or different that it is', () => {
  fc.assert(
    fc.property(request, capabilities, operation, (json, can, of) => {
      const before: JsonObject = { model: 'b', ...json };
      const result = fit(before, target(can, of));
      if (result.unfit !== undefined) return;
      const told = new Set(result.changes.flatMap(({ parameter, to }) => [parameter.split('.')[0], to]));
      for (const name of new Set([...Object.keys(before), ...Object.keys(result.json)]))
        if (JSON.stringify(before[name] ?? null) !== JSON.stringify(result.json[name] ?? null))
          expect(told).toContain(name);
    }),
    { numRuns: 2000 },
  );
});

it('never touches what it was given, however deep', () => {
  fc.assert(
    fc.property(request, capabilities, operation, (json, can, of) => {
      const before = structuredClone(json);
      fit(deepFreeze(json), target(can, of));
      expect(json).toEqual(before);
    }),
    { numRuns: 1000 },
  );
});

it('changes only the name where nothing is known', () => {
  fc.assert(
    fc.property(request, (json) => {
      expect(fit(json, target(undefined, 'chat'))).toEqual({ json: { ...json, model: 'b' }, changes: [] });
    }),
  );
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
