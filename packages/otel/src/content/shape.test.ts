import { existsSync, readFileSync } from 'node:fs';
import type { Operation } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOf, type Schema } from '../../test/schema.ts';
import { expectShape } from '../../test/shapes.ts';
import { Fit } from './fit.ts';
import { inputOf } from './input.ts';
import { outputOf } from './output.ts';
import type { Content, Fields } from './parts.ts';

const operations: readonly Operation[] = ['chat', 'responses', 'embeddings', 'completions', 'images', 'audio', 'other'];

/** Words that the API gives a meaning, where anything else may stand as well. */
const word = fc.constantFrom(
  ...['text', 'input_text', 'image_url', 'input_audio', 'file', 'input_file', 'function_call', 'function_call_output'],
  ...['reasoning', 'message', 'custom_tool_call', 'web_search_call', 'tool', 'assistant', 'data:image/png;base64,aGk='],
  ...['stop', 'tool_calls', 'completed', 'incomplete', 'sk-Q7x9Q7x9Q7x9Q7x9'],
);
const name = fc.constantFrom(
  ...['type', 'role', 'content', 'text', 'tool_calls', 'function', 'name', 'arguments', 'image_url', 'url', 'output'],
  ...[
    'input_audio',
    'data',
    'format',
    'file',
    'file_id',
    'file_data',
    'summary',
    'message',
    'finish_reason',
    'b64_json',
  ],
);
const { thing } = fc.letrec<{ thing: unknown }>((tie) => ({
  thing: fc.oneof(
    { maxDepth: 5 },
    word,
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('thing'), { maxLength: 3 }),
    fc.dictionary(name, tie('thing'), { maxKeys: 5 }),
  ),
}));
const request = fc.dictionary(fc.constantFrom('messages', 'input', 'prompt', 'instructions', 'tools'), thing);
const answer = fc.dictionary(
  fc.constantFrom('choices', 'output', 'data', 'text', 'status', 'incomplete_details'),
  thing,
);

const contentOf = (operation: Operation, asked: Fields, answered: Fields): Content => ({
  ...inputOf(operation, asked),
  output: outputOf(operation, answered),
});

describe('what is told of a call', () => {
  it('law: has the shape of the conventions, whatever the request and the answer hold', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...operations),
        request,
        answer,
        fc.integer({ min: 1, max: 500 }),
        (operation, asked, answered, max) => {
          const { input = [], output = [], instructions = [], tools = [] } = contentOf(operation, asked, answered);
          const fit = (): Fit => new Fit(max, (text) => text);
          expectShape({ input, output, instructions, tools });
          expectShape({
            input: fit().messages(input),
            output: fit().messages(output),
            instructions: fit().parts(instructions),
            tools: fit().tools(tools),
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  const folder = new URL('../../../../../shared/facts/semconv/', import.meta.url);
  it.runIf(existsSync(folder))('law: holds to the schemas of the conventions', () => {
    const schemaOf = (file: string): Schema =>
      JSON.parse(readFileSync(new URL(`gen-ai-${file}.json`, folder), 'utf8')) as Schema;
    const schemas = {
      input: schemaOf('input-messages'),
      output: schemaOf('output-messages'),
      instructions: schemaOf('system-instructions'),
      tools: schemaOf('tool-definitions'),
    };
    fc.assert(
      fc.property(fc.constantFrom(...operations), request, answer, (operation, asked, answered) => {
        for (const [place, said] of Object.entries(contentOf(operation, asked, answered)))
          expect(faultsOf(said, schemas[place as keyof Content])).toEqual([]);
      }),
    );
  });
});

describe('a blob', () => {
  it('is never told itself, wherever it stands', () => {
    const base64 = Buffer.from('Q7x9'.repeat(200)).toString('base64');
    const dataUrl = `data:image/png;charset=x;base64,${base64}`;
    const content = [
      { type: 'image_url', image_url: { url: dataUrl } },
      { type: 'input_image', image_url: dataUrl },
      { type: 'input_audio', input_audio: { data: base64, format: 'wav' } },
      { type: 'file', file: { file_data: dataUrl, filename: 'a.pdf' } },
      { type: 'input_file', file_data: base64 },
      { type: 'text', text: `see ![it](${dataUrl})` },
    ];
    const asked = {
      messages: [
        { role: 'user', content },
        { role: 'tool', content: JSON.stringify({ image: dataUrl }) },
      ],
      input: [
        { role: 'user', content },
        { type: 'function_call_output', call_id: 'c', output: content },
        { type: 'function_call', call_id: 'c', name: 'n', arguments: JSON.stringify({ image: dataUrl }) },
        { type: 'image_generation_call', result: base64 },
        { type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: dataUrl } },
      ],
    };
    const answered = {
      data: [{ b64_json: base64 }],
      output: asked.input,
      choices: [{ message: { audio: { data: base64, transcript: 'hi' } } }],
    };
    for (const operation of operations) {
      const { input = [], output = [] } = contentOf(operation, asked, answered);
      const fit = new Fit(100_000, (text) => text);
      expect(JSON.stringify([fit.messages(input), fit.messages(output)])).not.toContain(base64.slice(0, 40));
    }
  });
});
